"""Before the next leak, pure: what is held, judged against a policy; how ready the team is for each; what changed since the last run."""
