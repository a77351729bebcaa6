from django.db import models


class Heartbeat(models.Model):
    """When a process of one kind was last seen alive, by the database's clock."""

    name = models.CharField(max_length=40, unique=True)
    instance = models.CharField(max_length=80)
    at = models.DateTimeField()

    def __str__(self):
        return f"{self.name} at {self.at}"
