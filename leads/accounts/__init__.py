"""Companies: the list and its pages, the domains that are theirs, and two of them found to be one."""
