// librdkafka, the Kafka protocol. Wrapped by KafkaConsumer.swift alone.
#include <librdkafka/rdkafka.h>
