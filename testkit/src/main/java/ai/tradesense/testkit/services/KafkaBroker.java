package ai.tradesense.testkit.services;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A broker of Kafka, which is a controller, too (KRaft), in a JVM of its own with a small heap: a Kafka of its
/// own, or one of a [KafkaCluster].
///
/// The broker comes from the class path of the tests: whoever uses this has `org.apache.kafka:kafka_2.13` there, in
/// scope `test`. The system property [#CLASS_PATH_PROPERTY] names another class path.
///
/// Tests that break nothing use [#sharedServers] instead.
public final class KafkaBroker extends ServiceProcess {
    /// The system property that names the class path of the broker; without it, it is that of this JVM.
    public static final String CLASS_PATH_PROPERTY = "tradesense.kafka.classpath";

    /// The system property that names a folder for what all brokers of a build load alike. With it each starts
    /// with half the work, but for a first one that makes it. It belongs to the class path, of which brokers then
    /// get only jars that are not this project's.
    public static final String ARCHIVE_PROPERTY = "tradesense.kafka.archive";

    /// The environment variable that names a Kafka for tests that break nothing, for example `localhost:9092`.
    public static final String ADDRESS_VARIABLE = "TRADESENSE_TEST_KAFKA";

    private static final String CLUSTER = "dHJhZGVzZW5zZS10ZXN0cw"; // an id in Kafka's form
    private static final String BOOTSTRAP = "bootstrap.checkpoint";
    private static final String OUR_JARS = "tradesense-";
    private static final int FORMAT_SECONDS = 60;
    private static final short API_VERSIONS = 18;

    private static final List<String> SMALL = List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");
    private static final List<String> USUAL = List.of("-Xmx1g");

    private static final Object FORMATTING = new Object();
    private static byte @Nullable [] bootstrap; // guarded by it
    private static @Nullable KafkaBroker shared;

    private final List<String> jvm;
    private final Map<String, String> options;
    private final int node;
    private final int directPort = freePort();
    private final int controllerPort = freePort();
    private final int securePort = freePort();
    private @Nullable TestCertificate certificate;
    private List<KafkaBroker> cluster = List.of(this);
    private int advertisedPort = port();

    KafkaBroker(List<String> jvm, int node, Map<String, String> options) {
        super("kafka");
        this.jvm = jvm;
        this.node = node;
        this.options = options;
    }

    private static List<String> small() {
        return Stream.concat(SMALL.stream(), KafkaArchive.arguments(SMALL).stream())
                .toList();
    }

    /// Starts one.
    public static KafkaBroker started() {
        return with(Map.of());
    }

    /// Starts one with further properties of `server.properties`, which prevail over ours.
    public static KafkaBroker with(Map<String, String> options) {
        return started(() -> new KafkaBroker(small(), 1, options));
    }

    /// Starts one that also listens at [#secureServers] and there speaks TLS alone, wants to know who comes (SASL
    /// with `SCRAM-SHA-256`), and permits what access control lists permit. Whoever comes to [#servers] may do all,
    /// for example make users.
    public static KafkaBroker secured(TestCertificate certificate) {
        return started(() -> {
            KafkaBroker broker = new KafkaBroker(small(), 1, Map.of());
            broker.certificate = certificate;
            return broker;
        });
    }

    /// Starts one whose JVM has what a broker usually has, to be measured.
    public static KafkaBroker toBeMeasured() {
        return started(() -> new KafkaBroker(USUAL, 1, Map.of()));
    }

    /// One that is not started yet.
    public static KafkaBroker prepared(Map<String, String> options) {
        return new KafkaBroker(small(), 1, options);
    }

    /// Some that are not started yet, and will be one cluster. Their nodes are numbered from 1.
    static List<KafkaBroker> preparedAsCluster(int size, Map<String, String> options) {
        List<KafkaBroker> cluster = new ArrayList<>();
        for (int node = 1; node <= size; node++) {
            cluster.add(new KafkaBroker(small(), node, options));
        }
        cluster.forEach(broker -> broker.cluster = cluster);
        return List.copyOf(cluster);
    }

    /// The address of a Kafka for tests that break nothing: the one that the environment names, or one that all of
    /// them share until the JVM ends.
    public static synchronized String sharedServers() {
        String address = System.getenv(ADDRESS_VARIABLE);
        if (address != null && !address.isBlank()) {
            return address;
        }
        KafkaBroker broker = shared;
        if (broker == null) {
            broker = started();
            shared = broker;
        }
        return broker.servers();
    }

    public String servers() {
        return at(port());
    }

    /// The address by way of a proxy, or any other port.
    public static String at(int port) {
        return "127.0.0.1:" + port;
    }

    /// Where one that was [#secured] speaks TLS.
    public String secureServers() {
        return at(securePort);
    }

    /// A second port, for clients that come here whatever [#advertise] says.
    public int directPort() {
        return directPort;
    }

    /// Clients ask a broker where it is, and go there. Those that come to [#port] are told another one from the
    /// next start on: that of a proxy.
    public void advertise(int otherPort) {
        advertisedPort = otherPort;
    }

    @Override
    List<String> command(Path dataFolder, int onPort) {
        Path properties = dataFolder.resolve("server.properties");
        Path data = dataFolder.resolve("data");
        try {
            Files.writeString(properties, serverProperties(data, onPort));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        if (!Files.exists(data)) {
            write(bootstrap(properties, data, dataFolder.resolve("format.log")), data);
        }
        return java(jvm, "kafka.Kafka", properties.toString());
    }

    private String serverProperties(Path data, int onPort) {
        String copies = Integer.toString(cluster.size());
        Map<String, String> all = new LinkedHashMap<>();
        all.put("process.roles", "broker,controller");
        all.put("node.id", Integer.toString(node));
        all.put(
                "controller.quorum.voters",
                cluster.stream()
                        .map(voter -> voter.node + "@" + at(voter.controllerPort))
                        .collect(Collectors.joining(",")));
        all.put("controller.listener.names", "CONTROLLER");
        all.put(
                "listeners",
                "CLIENT://" + at(onPort) + ",DIRECT://" + at(directPort) + ",CONTROLLER://" + at(controllerPort));
        all.put("advertised.listeners", "CLIENT://" + at(advertisedPort) + ",DIRECT://" + at(directPort));
        all.put("listener.security.protocol.map", "CLIENT:PLAINTEXT,DIRECT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        all.put("inter.broker.listener.name", "DIRECT");
        all.put("log.dirs", data.toString());
        all.put("offsets.topic.num.partitions", "1");
        all.put("offsets.topic.replication.factor", copies);
        all.put("transaction.state.log.num.partitions", "1");
        all.put("transaction.state.log.replication.factor", copies);
        all.put("transaction.state.log.min.isr", "1");
        all.put("share.coordinator.state.topic.replication.factor", copies);
        all.put("broker.heartbeat.interval.ms", "500");
        all.put("broker.session.timeout.ms", "3000"); // so long one that was killed is waited for, also by itself
        all.put("group.initial.rebalance.delay.ms", "100"); // members that come together share at once
        all.put("group.min.session.timeout.ms", "500");
        all.put("auto.create.topics.enable", "false");
        all.put("log.index.size.max.bytes", "65536");
        all.put("num.network.threads", "2");
        all.put("num.io.threads", "2");
        all.put("log.cleaner.dedupe.buffer.size", "2097152");
        all.put("log.cleaner.enable", "true");
        if (certificate != null) {
            secure(all, certificate);
        }
        all.putAll(options);
        StringBuilder text = new StringBuilder();
        all.forEach((name, value) -> text.append(name).append('=').append(value).append('\n'));
        return text.toString();
    }

    private void secure(Map<String, String> properties, TestCertificate shown) {
        String secure = ",SECURE://" + secureServers();
        properties.merge("listeners", secure, String::concat);
        properties.merge("advertised.listeners", secure, String::concat);
        properties.merge("listener.security.protocol.map", ",SECURE:SASL_SSL", String::concat);
        properties.put("ssl.keystore.type", "PKCS12");
        properties.put("ssl.keystore.location", shown.keyStore().toString());
        properties.put("ssl.keystore.password", TestCertificate.PASSWORD);
        properties.put("sasl.enabled.mechanisms", "SCRAM-SHA-256");
        properties.put(
                "listener.name.secure.scram-sha-256.sasl.jaas.config",
                "org.apache.kafka.common.security.scram.ScramLoginModule required;");
        properties.put("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
        properties.put("super.users", "User:ANONYMOUS"); // those who come without a password: to the other ports
    }

    /// What a cluster begins with, in the form of Kafka. To come by it takes a JVM, and it is the same for all.
    private static byte[] bootstrap(Path properties, Path data, Path log) {
        synchronized (FORMATTING) {
            byte[] known = bootstrap;
            if (known == null) {
                known = format(properties, data, log);
                bootstrap = known;
            }
            return known;
        }
    }

    private static byte[] format(Path properties, Path data, Path log) {
        List<String> command = java(
                SMALL, "kafka.tools.StorageTool", "format", "--cluster-id", CLUSTER, "--config", properties.toString());
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            if (!process.waitFor(FORMAT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new ServiceException("the data folder was not formatted within " + FORMAT_SECONDS + " s", null);
            }
            if (process.exitValue() != 0) {
                throw new ServiceException("the data folder cannot be formatted: " + Files.readString(log), null);
            }
            return Files.readAllBytes(data.resolve(BOOTSTRAP));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new ServiceException("interrupted while the data folder was formatted", interrupted);
        }
    }

    private void write(byte[] beginning, Path data) {
        byte[] id = new byte[16];
        ThreadLocalRandom.current().nextBytes(id);
        String folderId = Base64.getUrlEncoder().withoutPadding().encodeToString(id);
        String meta = "version=1\nnode.id=" + node + "\ncluster.id=" + CLUSTER + "\ndirectory.id=" + folderId + "\n";
        try {
            Files.createDirectories(data);
            Files.write(data.resolve(BOOTSTRAP), beginning);
            Files.writeString(data.resolve("meta.properties"), meta);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static List<String> java(List<String> jvm, String mainClass, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvm);
        command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
        command.addAll(List.of("-cp", classPath(), mainClass));
        command.addAll(Arrays.asList(arguments));
        return command;
    }

    /// In full, since the broker runs in another folder.
    static String classPath() {
        String classPath = System.getProperty(CLASS_PATH_PROPERTY, System.getProperty("java.class.path"));
        boolean archived = System.getProperty(ARCHIVE_PROPERTY) != null;
        List<File> entries = Arrays.stream(classPath.split(File.pathSeparator, -1))
                .map(File::new)
                .filter(entry ->
                        !archived || (entry.isFile() && !entry.getName().startsWith(OUR_JARS)))
                .toList();
        if (entries.stream().anyMatch(entry -> entry.getName().startsWith("kafka_2.13"))) {
            return entries.stream().map(File::getAbsolutePath).collect(Collectors.joining(File.pathSeparator));
        }
        throw new ServiceException(
                "there is no Kafka on the class path; add org.apache.kafka:kafka_2.13 in scope test, or name a class"
                        + " path in the system property " + CLASS_PATH_PROPERTY,
                null);
    }

    @Override
    String howToInstall() {
        return "the Java of this JVM runs it";
    }

    /// A broker answers once it serves: the request is `ApiVersions`, which every version of a broker knows.
    @Override
    boolean answers(Socket connection) throws IOException {
        byte[] client = "tests".getBytes(StandardCharsets.US_ASCII);
        ByteBuffer request = ByteBuffer.allocate(4 + 2 + 2 + 4 + 2 + client.length);
        request.putInt(request.capacity() - 4)
                .putShort(API_VERSIONS)
                .putShort((short) 0)
                .putInt(1)
                .putShort((short) client.length)
                .put(client);
        connection.getOutputStream().write(request.array());
        return connection.getInputStream().readNBytes(4).length == 4;
    }
}
