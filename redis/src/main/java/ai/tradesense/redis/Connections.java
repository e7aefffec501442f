package ai.tradesense.redis;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// What the connections to a Redis are made with.
final class Connections implements AutoCloseable {
    private static final int IO_THREADS = 2;

    private final RedisSettings settings;
    private final ClientResources resources;
    private final RedisClient client;

    Connections(RedisSettings settings) {
        this.settings = settings;
        this.resources = DefaultClientResources.builder()
                .ioThreadPoolSize(IO_THREADS)
                .computationThreadPoolSize(IO_THREADS)
                .build();
        this.client = RedisClient.create(resources);
        client.setOptions(ClientOptions.builder()
                .autoReconnect(false)
                .protocolVersion(ProtocolVersion.RESP2)
                .sslOptions(settings.tls().options())
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .timeoutOptions(TimeoutOptions.builder().timeoutCommands(false).build()) // Link sees to that
                .socketOptions(SocketOptions.builder()
                        .connectTimeout(settings.timeout())
                        .keepAlive(true)
                        .tcpNoDelay(true)
                        .build())
                .build());
    }

    Link link() {
        return new Link(client, settings.uri(), settings.timeout());
    }

    @Override
    public void close() {
        client.shutdown(Duration.ZERO, settings.timeout());
        resources
                .shutdown(0, settings.timeout().toMillis(), TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(settings.timeout().toMillis());
    }
}
