/// The transport on Kafka: a topic per domain, a partition per hash of the subject, and consumer groups that
/// commit what is done with and not what was read.
@NullMarked
package ai.tradesense.kafka;

import org.jspecify.annotations.NullMarked;
