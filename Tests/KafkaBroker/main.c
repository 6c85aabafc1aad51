// A Kafka broker for tests: librdkafka's mock cluster, which speaks the real protocol, in a process
// of its own, so that it outlives a killed server. Keeps at most 5 MiB a partition.
//
//     kafka-broker TOPIC PARTITIONS [NAME=VALUE ...]
//
// Prints its address; then every line "partition<TAB>key<TAB>value" of standard input becomes a
// message (an empty key is none; a value of "\N" is a tombstone). An empty line waits until all of
// them are stored, and prints "stored" and their number. Lives until it is killed, or until
// standard input ends. NAME=VALUE are settings of the producer.

#ifdef DAYBOOK_KAFKA
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BROKER_COUNT 1
#define FLUSH_MILLISECONDS 60000

static long failed_count;

static void on_delivery(rd_kafka_t *producer, const rd_kafka_message_t *message, void *context) {
    (void)producer;
    (void)context;
    if (message->err) failed_count++;
}

static void die(const char *reason) {
    fprintf(stderr, "kafka-broker: %s\n", reason);
    exit(1);
}

static void set(rd_kafka_conf_t *settings, const char *name, const char *value) {
    char reason[512];
    if (rd_kafka_conf_set(settings, name, value, reason, sizeof reason) != RD_KAFKA_CONF_OK) {
        die(reason);
    }
}

// Hands one message over, waiting while the producer's queue is full.
static void produce(rd_kafka_t *producer, rd_kafka_topic_t *topic, char *line, size_t count) {
    char *key = memchr(line, '\t', count);
    if (!key) die("a line has no key");
    char *value = memchr(key + 1, '\t', count - (size_t)(key + 1 - line));
    if (!value) die("a line has no value");
    size_t key_count = (size_t)(value - key - 1);
    size_t value_count = count - (size_t)(value + 1 - line);
    int is_tombstone = value_count == 2 && memcmp(value + 1, "\\N", 2) == 0;
    while (rd_kafka_produce(topic, atoi(line), RD_KAFKA_MSG_F_COPY,
                            is_tombstone ? NULL : value + 1, is_tombstone ? 0 : value_count,
                            key_count ? key + 1 : NULL, key_count, NULL) != 0) {
        if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            die(rd_kafka_err2str(rd_kafka_last_error()));
        }
        rd_kafka_poll(producer, 100);
    }
}

int main(int count, char **arguments) {
    if (count < 3) die("usage: kafka-broker TOPIC PARTITIONS [NAME=VALUE ...]");
    rd_kafka_conf_t *own = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(own, NULL);
    char reason[512];
    rd_kafka_t *host = rd_kafka_new(RD_KAFKA_PRODUCER, own, reason, sizeof reason);
    if (!host) die(reason);
    rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(host, BROKER_COUNT);
    if (!cluster) die("there is no mock cluster");
    if (rd_kafka_mock_topic_create(cluster, arguments[1], atoi(arguments[2]), 1)) {
        die("the topic cannot be made");
    }
    const char *address = rd_kafka_mock_cluster_bootstraps(cluster);

    rd_kafka_conf_t *settings = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(settings, NULL);
    rd_kafka_conf_set_dr_msg_cb(settings, on_delivery);
    set(settings, "bootstrap.servers", address);
    for (int index = 3; index < count; index++) {
        char *value = strchr(arguments[index], '=');
        if (!value) die("a setting has no value");
        *value = 0;
        set(settings, arguments[index], value + 1);
    }
    rd_kafka_t *producer = rd_kafka_new(RD_KAFKA_PRODUCER, settings, reason, sizeof reason);
    if (!producer) die(reason);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(producer, arguments[1], NULL);

    printf("%s\n", address);
    fflush(stdout);
    char *line = NULL;
    size_t capacity = 0;
    long produced_count = 0;
    for (ssize_t length; (length = getline(&line, &capacity, stdin)) > 0;) {
        if (line[length - 1] == '\n') length--;
        if (length == 0) {
            if (rd_kafka_flush(producer, FLUSH_MILLISECONDS)) die("not everything was stored");
            if (failed_count) die("a message was not stored");
            printf("stored %ld\n", produced_count);
            fflush(stdout);
        } else {
            produce(producer, topic, line, (size_t)length);
            produced_count++;
            rd_kafka_poll(producer, 0);
        }
    }
    return 0;
}
#else
#include <stdio.h>
int main(void) {
    fprintf(stderr, "kafka-broker: built without the package trait Kafka\n");
    return 1;
}
#endif
