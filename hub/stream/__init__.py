"""The lanes on Kafka, hosted by Faust. The only package that imports faust."""
