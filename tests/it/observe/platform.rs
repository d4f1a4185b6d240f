//! Metrics, alarms, buckets, keys, topics, secrets, automation, tables, identity; and what the console may ask at all.
