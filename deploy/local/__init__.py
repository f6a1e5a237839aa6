"""A real Kafka broker and a real PostgreSQL on this machine, for tests and the demo."""
