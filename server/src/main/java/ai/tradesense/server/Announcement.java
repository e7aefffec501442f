package ai.tradesense.server;

import ai.tradesense.server.config.BuildVersion;
import ai.tradesense.server.config.Settings;
import ai.tradesense.transport.Transport;
import java.net.InetAddress;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/// Says where the server is, once it is there, and whether others may work beside it.
@Component
final class Announcement {
    /// What follows from a broker that several instances could have together, and a store that they could not.
    static final String ONLY_ONE = "no other may work on this broker, or each would know a part of what is stored and"
            + " parked; for several give all of them the same PostgreSQL as tradesense.store.url";

    private static final Logger LOG = LoggerFactory.getLogger(TradeSenseServer.class);

    private final BuildVersion version;
    private final Transport transport;
    private final Settings settings;
    private final InetAddress address;

    Announcement(
            BuildVersion version,
            Transport transport,
            Settings settings,
            @Value("${server.address}") InetAddress address) {
        this.version = version;
        this.settings = settings;
        this.transport = transport;
        this.address = address;
    }

    @EventListener
    void ready(ApplicationReadyEvent event) {
        WebServer server = ((WebServerApplicationContext) event.getApplicationContext()).getWebServer();
        Duration taken = event.getTimeTaken();
        String host = address.getHostAddress();
        LOG.info(
                "TradeSense Events {} is at http://{}:{}/, on the transport '{}', after {} ms",
                version.text(),
                host.contains(":") ? "[" + host + "]" : host,
                server == null ? "?" : server.getPort(),
                transport.name(),
                taken == null ? "?" : taken.toMillis());
        if (settings.transport().isBroker() && !settings.store().isShared()) {
            LOG.info("The store is a file of this instance: {}", ONLY_ONE);
        }
    }
}
