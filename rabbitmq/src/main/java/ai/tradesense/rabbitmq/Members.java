package ai.tradesense.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.tradesense.transport.Partition;
import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.BuiltinExchangeType;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Who else of a group lives: each member says several times within a lease that it does, to all others, and how
/// many events it holds. Whoever was not heard for a lease is taken to be dead; nothing but the distribution of
/// work depends on it.
///
/// [#show] is called by one thread; the rest may be called by any.
final class Members {
    private static final Logger LOG = LoggerFactory.getLogger(Members.class);

    /// A member that lives, and the domains it wants; none means all.
    record Living(String member, Set<String> domains, long unsettled, long heardAt) {
        boolean wants(String domain) {
            return domains.isEmpty() || domains.contains(domain);
        }
    }

    private final String exchange;
    private final String self = UUID.randomUUID().toString();
    private final Set<String> domains;
    private final long leaseNanos;
    private final Runnable changed;
    private volatile @Nullable Channel channel;
    private volatile boolean silenced;
    private volatile boolean gone;

    // Guarded by this.
    private final Map<String, Living> others = new HashMap<>();

    /// @param changed called when somebody came or went
    Members(String exchange, Set<String> domains, Duration lease, Runnable changed) {
        this.exchange = exchange;
        this.domains = domains;
        this.leaseNanos = lease.toNanos();
        this.changed = changed;
    }

    /// Says that this member lives. While the broker takes nothing, nobody does: each then waits for all partitions
    /// behind those who have them.
    void show(Broker broker, Connection connection, long unsettled) throws IOException {
        silenced = broker.isBlocked(connection);
        if (silenced) {
            return;
        }
        Channel open = channel;
        if (open == null || !open.getConnection().equals(connection) || !open.isOpen()) {
            open = listen(broker.channel(connection));
            channel = open;
        }
        say(open, "lives " + self + " " + unsettled + " " + String.join(",", domains));
        if (gone) {
            leave(); // it has left meanwhile, which nobody must forget for this
        }
    }

    private Channel listen(Channel open) throws IOException {
        // Not deleted with its last queue: another member may be about to bind its own.
        open.exchangeDeclare(exchange, BuiltinExchangeType.FANOUT, false, false, Map.of());
        String queue = open.queueDeclare("", false, true, true, Map.of()).getQueue();
        open.queueBind(queue, exchange, "");
        open.basicConsume(queue, true, new DefaultConsumer(open) {
            @Override
            public void handleDelivery(String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body) {
                hear(new String(body, UTF_8));
            }
        });
        return open;
    }

    private void say(Channel open, String what) throws IOException {
        open.basicPublish(exchange, "", null, what.getBytes(UTF_8));
    }

    private void hear(String said) {
        String[] words = said.split(" ", 4);
        String member = words[1];
        if (member.equals(self)) {
            return;
        }
        boolean news;
        synchronized (this) {
            if (words[0].equals("lives")) {
                Set<String> wanted = words[3].isEmpty() ? Set.of() : Set.of(words[3].split(",", -1));
                long unsettled = Long.parseLong(words[2]);
                news = others.put(member, new Living(member, wanted, unsettled, System.nanoTime())) == null;
            } else {
                news = others.remove(member) != null;
            }
        }
        if (news) {
            changed.run();
        }
    }

    /// All of them, this one too, in an order that is the same for each.
    synchronized List<Living> living() {
        long now = System.nanoTime();
        others.values().removeIf(each -> now - each.heardAt > leaseNanos);
        List<Living> all = new ArrayList<>(others.values());
        all.add(new Living(self, domains, 0, now));
        all.sort((one, other) -> one.member.compareTo(other.member));
        return all;
    }

    /// How many events the others hold, as far as they have said.
    long unsettledOfOthers() {
        return living().stream().mapToLong(Living::unsettled).sum();
    }

    /// Whether a partition is to be this member's: those of a domain go around among the members that want it.
    boolean isOwner(Partition partition, List<Living> eligible) {
        int turn = Math.floorMod(partition.topic().hashCode() + partition.number(), eligible.size());
        return eligible.get(turn).member().equals(self);
    }

    /// Says that this member is gone.
    void leave() {
        gone = true;
        Channel open = channel;
        if (open != null && !silenced) {
            try {
                say(open, "gone " + self + " 0 ");
            } catch (IOException | AlreadyClosedException closed) {
                LOG.debug("the others will notice within a lease", closed);
            }
        }
        if (open != null) {
            Broker.abandon(open);
        }
    }
}
