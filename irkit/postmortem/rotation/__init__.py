"""The report on a rotation: nothing leaked, so it is no postmortem. What was replaced and why, in which stages, and the proof. Pure."""
