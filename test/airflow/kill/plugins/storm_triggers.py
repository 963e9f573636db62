"""A trigger that asks for a connection and waits for a moment."""

import asyncio

from airflow.sdk import BaseHook
from airflow.triggers.base import BaseTrigger, TriggerEvent


class Later(BaseTrigger):
    def __init__(self, seconds):
        super().__init__()
        self.seconds = seconds

    def serialize(self):
        return ("storm_triggers.Later", {"seconds": self.seconds})

    async def run(self):
        await asyncio.sleep(self.seconds)
        connection = await asyncio.to_thread(BaseHook.get_connection, "db")
        print("the trigger knows", connection.password)
        yield TriggerEvent({"password": connection.password})
