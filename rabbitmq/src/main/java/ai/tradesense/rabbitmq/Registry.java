package ai.tradesense.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.tradesense.rabbitmq.RabbitTransportException.Reason;
import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.MessageProperties;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What all transports of a prefix must know and the broker cannot be asked: the number of partitions, which
/// domains there are, and which groups have joined for them. It is a stream of a few lines that everybody reads
/// from the beginning and then follows:
///
/// ```
/// partitions 8 5f0c…      the first line of this kind counts
/// domain Trading
/// joined Trading risk_group
/// bindings 2              queues are bound as they are today
/// sync 77ab…              whoever wrote it has read everything before it when it comes back
/// ```
///
/// Safe for use by several threads.
final class Registry {
    private static final int PREFETCH = 500;
    private static final Logger LOG = LoggerFactory.getLogger(Registry.class);

    private final Broker broker;
    private final Topology topology;
    private final Runnable changed;
    private final Map<String, CountDownLatch> awaited = new ConcurrentHashMap<>();

    /// What the lines say.
    private static final class Content {
        private final Set<String> domains = new TreeSet<>();
        private final Set<String> joined = new HashSet<>(); // domain and group, with a blank between them
        private int partitions;
        private boolean renewed;

        void learn(String[] words) {
            switch (words[0]) {
                case "partitions" -> partitions = partitions == 0 ? Integer.parseInt(words[1]) : partitions;
                case "domain" -> domains.add(words[1]);
                case "joined" -> joined.add(words[1] + " " + words[2]);
                case "bindings" -> renewed = true;
                default -> {} // of a later version, or somebody's sync
            }
        }
    }

    // Guarded by this.
    private Content known = new Content();
    private Content reading = known; // takes the place of what is known when it was read to its end
    private String end = "";
    private int readings;
    private volatile long learned; // how many lines; written under the lock

    /// @param changed called when something was learned, by a thread of the client
    Registry(Broker broker, Topology topology, Runnable changed) {
        this.broker = broker;
        this.topology = topology;
        this.changed = changed;
    }

    /// Reads everything, and follows what is written from now on as long as the connection lasts. What was known
    /// before counts until then, and longer if the broker takes nothing for now.
    ///
    /// @param talking what is written goes by way of it: the broker may read nothing of it for a while
    void follow(Connection connection, Connection talking, int wantedPartitions) throws IOException {
        int number;
        String mark = UUID.randomUUID().toString();
        synchronized (this) {
            reading = new Content();
            end = mark;
            number = ++readings;
        }
        Channel channel = broker.channel(connection);
        channel.basicQos(PREFETCH);
        Map<String, Object> fromFirst = Map.of("x-stream-offset", "first");
        channel.basicConsume(topology.registry(), false, fromFirst, new DefaultConsumer(channel) {
            @Override
            public void handleDelivery(String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body)
                    throws IOException {
                learn(number, new String(body, UTF_8));
                channel.basicAck(envelope.getDeliveryTag(), false);
            }
        });
        try {
            writeAndAwait(talking, "partitions " + wantedPartitions + " ", mark);
        } catch (RabbitTransportException silent) {
            if (silent.reason() != Reason.BLOCKED || number == 1) {
                throw silent;
            }
            LOG.warn("{} goes on with what it knew", topology.registry(), silent);
        }
    }

    private void learn(int number, String line) {
        String[] words = line.split(" ", 3);
        synchronized (this) {
            if (number != readings) {
                return;
            }
            learned++;
            reading.learn(words);
            known.learn(words);
            if (words[words.length - 1].equals(end)) {
                known = reading;
            }
        }
        CountDownLatch latch = awaited.remove(words[words.length - 1]);
        if (latch != null) {
            latch.countDown();
        }
        changed.run();
    }

    private void writeAndAwait(Connection connection, String line, String mark) throws IOException {
        CountDownLatch latch = new CountDownLatch(1);
        awaited.put(mark, latch);
        try {
            write(connection, line + mark);
            long before = learned;
            while (!latch.await(broker.timeout().toNanos(), TimeUnit.NANOSECONDS)) {
                if (learned == before) {
                    throw broker.silence(connection, "given " + topology.registry(), null);
                }
                before = learned; // there is more of it than can be read in that time
            }
        } catch (InterruptedException interrupted) {
            throw Broker.interrupted(interrupted);
        } finally {
            awaited.remove(mark);
        }
    }

    /// Appends a line and returns when it is durable.
    void write(Connection connection, String line) throws IOException {
        Channel channel = broker.channel(connection);
        try {
            channel.confirmSelect();
            channel.basicPublish(
                    "", topology.registry(), MessageProperties.MINIMAL_PERSISTENT_BASIC, line.getBytes(UTF_8));
            broker.awaitConfirms(channel, "a line of " + topology.registry());
        } finally {
            Broker.abandon(channel);
        }
    }

    /// Returns when everything was read that was written before.
    void sync(Connection connection) throws IOException {
        writeAndAwait(connection, "sync ", UUID.randomUUID().toString());
    }

    void addDomain(Connection connection, String domain) throws IOException {
        write(connection, "domain " + domain);
    }

    void addJoined(Connection connection, String domain, String group) throws IOException {
        write(connection, "joined " + domain + " " + group);
    }

    void addRenewed(Connection connection) throws IOException {
        write(connection, "bindings 2");
    }

    /// Whether nothing is bound any more as earlier versions did.
    synchronized boolean isRenewed() {
        return known.renewed;
    }

    synchronized int partitions() {
        return known.partitions;
    }

    synchronized Set<String> domains() {
        return new TreeSet<>(known.domains);
    }

    /// Those that have joined for a domain.
    synchronized List<String> groupsOf(String domain) {
        return known.joined.stream()
                .filter(each -> each.startsWith(domain + " "))
                .map(each -> each.substring(domain.length() + 1))
                .toList();
    }

    /// Whether a group has joined for a domain; [#ALL] as the domain if it has joined for all.
    synchronized boolean hasJoined(String group, String domain) {
        return known.joined.contains(domain + " " + group);
    }

    /// In the place of a domain: the group wants every domain, new ones from their beginning.
    static final String ALL = "*";
}
