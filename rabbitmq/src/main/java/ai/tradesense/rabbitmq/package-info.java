/// The transport on RabbitMQ: a quorum queue per group, domain and partition, behind one topic exchange.
@NullMarked
package ai.tradesense.rabbitmq;

import org.jspecify.annotations.NullMarked;
