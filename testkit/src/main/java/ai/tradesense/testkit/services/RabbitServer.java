package ai.tradesense.testkit.services;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/// `rabbitmq-server` as a child process with streams and management: a cluster of one, or a node of a
/// [RabbitCluster]. It has a port mapper (`epmd`) of its own, so that several may run beside each other and beside
/// one that the machine has.
///
/// Tests that break nothing use a [#virtualHost] of [#shared] instead: it is quick to make.
public final class RabbitServer extends ServiceProcess {
    private static final Path PROGRAM = Path.of("/usr/lib/rabbitmq/bin/rabbitmq-server");
    private static final String LOOPBACK = "127.0.0.1";
    private static final Duration ANSWER = Duration.ofSeconds(30);
    private static @Nullable RabbitServer shared;

    private final int streamPort = freePort();
    private final int managementPort = freePort();
    private final int distributionPort = freePort();
    private final List<String> configuration;
    private final PortMapper mapper;
    private final String cookie;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private RabbitServer(List<String> configuration, PortMapper mapper, String cookie) {
        super("rabbitmq");
        this.configuration = configuration;
        this.mapper = mapper;
        this.cookie = cookie;
    }

    /// Starts one, with further lines of `rabbitmq.conf`, for example `"consumer_timeout = 5000"`.
    public static RabbitServer with(String... configuration) {
        return started(() -> new RabbitServer(List.of(configuration), new PortMapper(), newCookie()));
    }

    /// Some that are not started yet, and will be one cluster. The first is to be started first: the others join it.
    static List<RabbitServer> preparedAsCluster(int size) {
        PortMapper mapper = new PortMapper();
        String cookie = newCookie();
        RabbitServer first = new RabbitServer(List.of(), mapper, cookie);
        List<RabbitServer> cluster = new ArrayList<>(List.of(first));
        while (cluster.size() < size) {
            List<String> joining = List.of(
                    "cluster_formation.peer_discovery_backend = classic_config",
                    "cluster_formation.classic_config.nodes.1 = " + first.nodeName());
            cluster.add(new RabbitServer(joining, mapper, cookie));
        }
        return List.copyOf(cluster);
    }

    private static String newCookie() {
        return UUID.randomUUID().toString().replace("-", "").toUpperCase(Locale.ROOT);
    }

    /// One that all tests share that break nothing, until the JVM ends.
    public static synchronized RabbitServer shared() {
        RabbitServer server = shared;
        if (server == null) {
            server = with();
            shared = server;
        }
        return server;
    }

    /// The URL of the virtual host that is there from the beginning, for the user `guest`.
    public String url() {
        return urlAt(port());
    }

    /// The same by way of a proxy.
    public static String urlAt(int port) {
        return "amqp://guest:guest@" + LOOPBACK + ":" + port;
    }

    /// The URL of its streams, in the virtual host that is there from the beginning, for the user `guest`.
    public String streamUrl() {
        return streamUrlAt(streamPort);
    }

    /// The same by way of a proxy.
    public static String streamUrlAt(int port) {
        return "rabbitmq-stream://guest:guest@" + LOOPBACK + ":" + port;
    }

    /// The same broker for those who use its streams: its port is the one that speaks their protocol.
    public Broker streams() {
        StreamSide side = new StreamSide(this);
        side.awaitStreams();
        return side;
    }

    private record StreamSide(RabbitServer server) implements Broker {
        @Override
        public int port() {
            return server.streamPort;
        }

        @Override
        public void start() {
            server.start();
            awaitStreams();
        }

        /// It answers in the older protocol first.
        void awaitStreams() {
            Awaitility.await("streams to answer")
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(20))
                    .atMost(PATIENCE)
                    .ignoreExceptions()
                    .until(() -> {
                        new Socket(InetAddress.getLoopbackAddress(), server.streamPort).close();
                        return true;
                    });
        }

        @Override
        public void kill() {
            server.kill();
        }

        @Override
        public void freeze() {
            server.freeze();
        }

        @Override
        public void thaw() {
            server.thaw();
        }

        @Override
        public void close() {
            server.close();
        }
    }

    /// A part of the broker that knows nothing of the others.
    ///
    /// @param url for the user `guest`
    public record VirtualHost(RabbitServer server, String name, String url) implements AutoCloseable {
        /// The URL of its streams.
        public String streamUrl() {
            return server.streamUrl() + "/" + name;
        }

        /// Removes it with everything in it.
        @Override
        public void close() {
            server.settle();
            server.administer("DELETE", "/vhosts/" + name, "");
        }
    }

    /// Lets what channels do and dead letter workers begin come to an end. If a quorum queue of RabbitMQ 3.10
    /// goes that has only just come, its dead letter worker fails, is started anew a hundred times a second,
    /// and takes all others with it, for good.
    private void settle() {
        evaluate("[catch rabbit_channel:info(Channel, [pid]) || Channel <- rabbit_channel:list_local()],"
                + " [catch sys:get_state(Worker) || {_, Worker, _, _} <-"
                + " supervisor:which_children(rabbit_fifo_dlx_sup)], ok");
    }

    /// Makes a virtual host that is empty.
    public VirtualHost virtualHost() {
        return virtualHost(UUID.randomUUID().toString());
    }

    /// The same with a name that other processes know, too.
    public VirtualHost virtualHost(String name) {
        Awaitility.await("management to answer")
                .atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> {
                    administer("PUT", "/vhosts/" + name, "{}");
                    return true;
                });
        return new VirtualHost(this, name, url() + "/" + name);
    }

    /// A name as a part of a path of [#administer].
    public static String encoded(String name) {
        return URLEncoder.encode(name, UTF_8).replace("+", "%20");
    }

    /// Asks the management API, for example `administer("PUT", "/vhosts/test", "{}")`.
    ///
    /// @return the body of the answer
    /// @throws ServiceException if it refuses
    public String administer(String method, String path, String json) {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://" + LOOPBACK + ":" + managementPort + "/api" + path))
                .timeout(ANSWER)
                .header("Content-Type", "application/json")
                .header(
                        "Authorization",
                        "Basic " + Base64.getEncoder().encodeToString("guest:guest".getBytes(US_ASCII)))
                .method(method, json.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(json))
                .build();
        try {
            HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
            if (answer.statusCode() >= 300) {
                throw new ServiceException(
                        method + " " + path + " was answered with " + answer.statusCode() + ": " + answer.body(), null);
            }
            return answer.body();
        } catch (IOException unreachable) {
            throw new ServiceException("management does not answer to " + method + " " + path, unreachable);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new ServiceException("interrupted", interrupted);
        }
    }

    @Override
    void prepare(Path dataFolder, int onPort) throws IOException {
        Files.writeString(
                dataFolder.resolve("enabled_plugins"),
                "[rabbitmq_management,rabbitmq_stream,rabbitmq_stream_management].\n");
        Files.writeString(
                dataFolder.resolve("rabbitmq.conf"),
                String.join(
                                "\n",
                                "listeners.tcp.1 = " + LOOPBACK + ":" + onPort,
                                "stream.listeners.tcp.1 = " + LOOPBACK + ":" + streamPort,
                                "stream.advertised_host = " + LOOPBACK,
                                "stream.advertised_port = " + streamPort,
                                "management.tcp.ip = " + LOOPBACK,
                                "management.tcp.port = " + managementPort,
                                "loopback_users = none",
                                "disk_free_limit.absolute = 50MB",
                                String.join("\n", configuration))
                        + "\n");
        Path shared = dataFolder.resolve(".erlang.cookie");
        if (!Files.exists(shared)) {
            Files.writeString(shared, cookie);
            Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("r--------"));
        }
        mapper.start(LOOPBACK);
    }

    @Override
    Map<String, String> environment(Path dataFolder, int onPort) {
        String folder = dataFolder.toString();
        return Map.ofEntries(
                Map.entry("HOME", folder), // where Erlang keeps its cookie
                Map.entry("ERL_EPMD_PORT", Integer.toString(mapper.port())),
                Map.entry("ERL_EPMD_ADDRESS", LOOPBACK),
                Map.entry("RABBITMQ_NODENAME", nodeName()),
                Map.entry("RABBITMQ_DIST_PORT", Integer.toString(distributionPort)),
                Map.entry("RABBITMQ_MNESIA_BASE", folder + "/mnesia"),
                Map.entry("RABBITMQ_LOG_BASE", folder + "/log"),
                Map.entry("RABBITMQ_LOGS", "-"),
                Map.entry("RABBITMQ_CONFIG_FILE", folder + "/rabbitmq.conf"),
                Map.entry("RABBITMQ_CONF_ENV_FILE", folder + "/none"),
                Map.entry("RABBITMQ_ADVANCED_CONFIG_FILE", folder + "/none.config"),
                Map.entry("RABBITMQ_ENABLED_PLUGINS_FILE", folder + "/enabled_plugins"),
                Map.entry("RUNNING_UNDER_SYSTEMD", "true")); // the script becomes the server, and no process between
    }

    /// RabbitMQ 3.10 has which queues there are in memory for some seconds before it writes it down: a broker
    /// that is killed meanwhile may bring them up without a leader, for good. Tests that kill it are about what
    /// was confirmed and not about that, so it writes it down first.
    @Override
    void beforeKill(Path dataFolder) {
        evaluate("mnesia:sync_log(), [dets:sync(Table) || Table <- dets:all()]");
    }

    /// Has the broker evaluate an expression of Erlang, for what cannot be had otherwise or not so soon: an alarm,
    /// for example, with `vm_memory_monitor:set_vm_memory_high_watermark(0.0001)`.
    ///
    /// @return what comes of it, in Erlang's words
    public String evaluate(String expression) {
        try {
            ProcessBuilder call = new ProcessBuilder("erl_call", "-e", "-c", cookie, "-n", nodeName())
                    .redirectErrorStream(true)
                    .directory(folder().toFile());
            call.environment().put("ERL_EPMD_PORT", Integer.toString(mapper.port()));
            Process calling = call.start();
            try (OutputStream in = calling.getOutputStream()) {
                in.write((expression + ".\n").getBytes(US_ASCII));
            }
            String answer = new String(calling.getInputStream().readAllBytes(), US_ASCII);
            if (calling.waitFor() != 0 || !answer.startsWith("{ok,")) {
                throw new ServiceException("the broker does not do " + expression + ": " + answer, null);
            }
            return answer;
        } catch (IOException failure) {
            throw new ServiceException("there is no erl_call to run; " + howToInstall(), failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new ServiceException("interrupted", interrupted);
        }
    }

    /// By which the nodes of a cluster know it.
    String nodeName() {
        return "tradesense-" + port() + "@localhost";
    }

    @Override
    List<String> command(Path dataFolder, int onPort) {
        return List.of(PROGRAM.toString());
    }

    @Override
    String howToInstall() {
        return "install RabbitMQ 3.10 or newer (apt-get install rabbitmq-server)";
    }

    /// A broker that is there says first which mechanisms it has; a method frame begins with a 1.
    @Override
    boolean answers(Socket connection) throws IOException {
        connection.getOutputStream().write(new byte[] {'A', 'M', 'Q', 'P', 0, 0, 9, 1});
        return connection.getInputStream().read() == 1;
    }

    @Override
    void release() {
        mapper.close();
    }
}
