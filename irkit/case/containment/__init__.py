"""Chapter 2 at the desk: the plan, carrying it out once, and the proof of death."""
