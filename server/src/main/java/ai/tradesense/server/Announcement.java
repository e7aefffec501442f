package ai.tradesense.server;

import ai.tradesense.server.config.BuildVersion;
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

/// Says where the server is, once it is there.
@Component
final class Announcement {
    private static final Logger LOG = LoggerFactory.getLogger(TradeSenseServer.class);

    private final BuildVersion version;
    private final Transport transport;
    private final InetAddress address;

    Announcement(BuildVersion version, Transport transport, @Value("${server.address}") InetAddress address) {
        this.version = version;
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
    }
}
