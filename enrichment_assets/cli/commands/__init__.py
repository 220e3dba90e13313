"""A module per command: ``running`` lists, ``looking`` at what is known, ``judging`` judgements, ``keeping`` house."""
