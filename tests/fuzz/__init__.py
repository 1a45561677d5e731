"""Sync is proved by a model beside the real thing: the server application, the devices' scripts, and seeds."""
