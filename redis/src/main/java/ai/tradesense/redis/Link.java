package ai.tradesense.redis;

import ai.tradesense.redis.RedisTransportException.Reason;
import io.lettuce.core.KillArgs;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.CommandOutput;
import io.lettuce.core.output.NestedMultiOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One connection, made when it is needed and made anew when it broke. The client repeats nothing by itself:
/// what was under way when a connection broke has failed, and whoever asked decides whether asking again is
/// safe.
///
/// A connection that did not answer in time is given up. Before another one takes its place, the server is
/// told to end it, so that nothing that still lingers on the way can be carried out behind our back. Safe for
/// use by several threads.
final class Link implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Link.class);

    private final RedisClient client;
    private final RedisURI uri;
    private final Duration timeout;
    private @Nullable Connected current;
    private @Nullable Long abandoned; // the server's name for a connection that may still have something to say
    private boolean closed;

    /// An open connection; `id` is the server's name for it.
    record Connected(StatefulRedisConnection<byte[], byte[]> connection, long id) {
        RedisAsyncCommands<byte[], byte[]> commands() {
            return connection.async();
        }

        /// Runs a script; its answer is integers, bytes and lists of those.
        RedisFuture<List<Object>> run(Script script, List<byte[]> keys, List<byte[]> arguments) {
            CommandArgs<byte[], byte[]> all = new CommandArgs<>(ByteArrayCodec.INSTANCE)
                    .add(script.digest())
                    .add(keys.size())
                    .addKeys(keys);
            arguments.forEach(all::add);
            return commands().dispatch(CommandType.EVALSHA, new NestedMultiOutput<>(ByteArrayCodec.INSTANCE), all);
        }

        <T> RedisFuture<T> dispatch(
                CommandType type, CommandOutput<byte[], byte[], T> output, CommandArgs<byte[], byte[]> arguments) {
            return commands().dispatch(type, output, arguments);
        }
    }

    Link(RedisClient client, RedisURI uri, Duration timeout) {
        this.client = client;
        this.uri = uri;
        this.timeout = timeout;
    }

    String address() {
        return "Redis at " + uri.getHost() + ":" + uri.getPort() + (uri.isSsl() ? " with TLS" : "");
    }

    Duration timeout() {
        return timeout;
    }

    /// The connection; blocks while it is made.
    ///
    /// @throws RedisTransportException if it cannot be
    synchronized Connected connected() {
        Connected open = current;
        if (open != null && open.connection.isOpen()) {
            return open;
        }
        if (closed) {
            throw new RedisTransportException(Reason.CLOSED, address() + " is closed", null);
        }
        if (open != null) {
            drop(open);
        }
        Connected made = connect();
        current = made;
        return made;
    }

    private Connected connect() {
        StatefulRedisConnection<byte[], byte[]> connection;
        try {
            connection = client.connect(ByteArrayCodec.INSTANCE, uri);
        } catch (RedisException failure) {
            throw translate(failure);
        }
        try {
            RedisAsyncCommands<byte[], byte[]> commands = connection.async();
            List<RedisFuture<?>> answers = new ArrayList<>();
            RedisFuture<Long> id = commands.clientId();
            Long before = abandoned;
            if (before != null) {
                unattended(commands.clientKill(KillArgs.Builder.id(before))); // it may be gone, or not ours to end
            }
            for (Script script : Script.values()) {
                answers.add(commands.scriptLoad(script.source()));
            }
            for (RedisFuture<?> answer : answers) {
                get(answer);
            }
            abandoned = null;
            return new Connected(connection, get(id));
        } catch (RedisTransportException failure) {
            unattended(connection.closeAsync());
            throw failure;
        }
    }

    /// Gives a connection up from which no answer came.
    synchronized void abandon(Connected silent) {
        if (silent.equals(current)) {
            drop(silent);
        } else {
            unattended(silent.connection.closeAsync());
        }
    }

    private void drop(Connected broken) {
        current = null;
        abandoned = broken.id;
        unattended(broken.connection.closeAsync());
    }

    /// Nothing depends on how this ends.
    private static void unattended(CompletionStage<?> ending) {
        ending.whenComplete((nothing, failure) -> {
            if (failure != null) {
                LOG.debug("an ending connection", failure);
            }
        });
    }

    /// Waits for an answer.
    ///
    /// @throws RedisTransportException if it is a refusal or none comes in time
    <T> T await(Connected asked, Future<T> answer) {
        try {
            return get(answer);
        } catch (RedisTransportException failure) {
            boolean forgotten = failure.getCause() instanceof RedisNoScriptException; // a new connection brings them
            if (failure.reason() == Reason.NO_ANSWER || forgotten) {
                abandon(asked);
            }
            throw failure;
        }
    }

    private <T> T get(Future<T> answer) {
        try {
            return answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException silent) {
            throw new RedisTransportException(
                    Reason.NO_ANSWER, address() + " has not answered within " + timeout, silent);
        } catch (ExecutionException failure) {
            throw translate(failure.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new RedisTransportException(
                    Reason.NO_ANSWER, "interrupted while waiting for " + address(), interrupted);
        }
    }

    /// What is wrong with TLS, in words; null if nothing is.
    private static @Nullable String tlsProblem(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String said = String.valueOf(cause.getMessage());
            if (said.contains("not an SSL/TLS record")) {
                return "speaks no TLS there; expected redis:// instead of rediss://, or another port";
            }
            boolean innermost = cause.getCause() == null;
            if (cause instanceof CertificateException || (innermost && cause instanceof SSLException)) {
                boolean ended = said.contains("closed") || said.contains("terminated") || said.contains("timed out");
                return ended ? null : "is not trusted, or does not trust this client: " + said;
            }
        }
        return null;
    }

    /// What Redis or the way to it said, in our words.
    RedisTransportException translate(@Nullable Throwable failure) {
        if (failure instanceof RedisTransportException ours) {
            return ours;
        }
        Throwable cause = failure;
        while (cause != null && cause.getCause() != null && !(cause instanceof RedisCommandExecutionException)) {
            cause = cause.getCause();
        }
        String said = cause == null ? "no reason is known" : String.valueOf(cause.getMessage());
        if (!(cause instanceof RedisCommandExecutionException)) {
            String tls = tlsProblem(failure);
            if (tls != null) {
                return new RedisTransportException(Reason.NOT_TRUSTED, address() + " " + tls, failure);
            }
            return new RedisTransportException(Reason.UNREACHABLE, address() + " cannot be reached: " + said, failure);
        }
        if (said.startsWith("OOM")) {
            return new RedisTransportException(
                    Reason.FULL, address() + " is full (maxmemory): raise it, or let workers catch up", failure);
        }
        if (said.contains("executing the script can't")) {
            return new RedisTransportException(
                    Reason.NOT_PERMITTED,
                    address() + " refuses: the rights of the user have become less; what is missing is said when the"
                            + " transport is opened",
                    failure);
        }
        if (said.startsWith("NOAUTH") || said.startsWith("WRONGPASS") || said.startsWith("NOPERM")) {
            return new RedisTransportException(Reason.NOT_PERMITTED, address() + " refuses: " + said, failure);
        }
        return new RedisTransportException(Reason.REFUSED, address() + " refuses: " + said, failure);
    }

    @Override
    public synchronized void close() {
        closed = true;
        Connected open = current;
        current = null;
        if (open != null) {
            try {
                open.connection.closeAsync().get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            } catch (ExecutionException | TimeoutException failure) {
                LOG.debug("a connection to {} could not be closed in order", address(), failure);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
