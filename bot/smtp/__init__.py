"""Knows mail, has never heard of Slack: codes, knowledge, matching, explaining, spotting."""
