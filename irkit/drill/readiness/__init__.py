"""The drill before anything leaked: what a company holds, judged twice by its policy, with a week between."""
