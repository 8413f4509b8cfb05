"""A rotation at the desk: the logs that are watched, the plan, and the gates between its stages."""
