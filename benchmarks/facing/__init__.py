"""What the whole-playbook benchmark runs beside irkit and papermill."""
