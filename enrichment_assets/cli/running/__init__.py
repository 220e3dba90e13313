"""What ``enrich run`` and the commands like it show, write and go on with."""
