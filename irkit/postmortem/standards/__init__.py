"""What others have fixed: techniques (ATT&CK), functions (CSF 2.0), duties of the law and their clocks. Pure."""
