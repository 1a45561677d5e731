"""Sync is proved by a model beside the real thing: the server, the devices' scripts, and seeds."""
