/// The transport on Redis Streams: a stream per domain and partition, and consumer groups whose members own
/// partitions by leases.
@NullMarked
package ai.tradesense.redis;

import org.jspecify.annotations.NullMarked;
