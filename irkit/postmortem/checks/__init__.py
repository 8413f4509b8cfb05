"""What an action item may name to have it checked: the checks with their parameters, what a look at each saw, and the rule. Pure."""
