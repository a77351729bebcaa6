"""Name the outside servers that the engine tests run on, and refuse those that are too old."""

import os
import sys

import psycopg
import redis

with psycopg.connect(os.environ["TEST_DATABASE_URL"]) as there:
    postgres = there.info.server_version // 10000
broker = redis.Redis.from_url(os.environ["TEST_BROKER_URL"]).info("server")
version = int(broker["redis_version"].split(".")[0])
if postgres < 15 or version < 7:
    sys.exit(f"PostgreSQL {postgres} and Redis {version} answer; the tests need 15 and 7 at least.")
print(f"PostgreSQL {postgres} and Redis {version}")
