package ai.tradesense.testkit.services;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// PostgreSQL as a child process with `fsync` on. It trusts whoever connects from this machine as `postgres`.
///
/// PostgreSQL refuses to run as root, so where the tests do, it runs as the user `postgres`.
///
/// Tests that break nothing take a schema of their own on a server that all of them share, see [#sharedUrl]. That one
/// does not wait for the disk: what it would lose by that it would lose with the machine.
public final class PostgresServer extends ServiceProcess {
    /// The environment variable that names a PostgreSQL for tests that break nothing, for example
    /// `jdbc:postgresql://localhost:5432/postgres?user=postgres`.
    public static final String ADDRESS_VARIABLE = "TRADESENSE_TEST_POSTGRES";

    private static final String SUPERUSER = "postgres";
    private static final Path INSTALLED = Path.of("/usr/lib/postgresql");
    private static final int PROTOCOL_VERSION = 3 << 16;
    private static final AtomicInteger SCHEMAS = new AtomicInteger();

    private static @Nullable PostgresServer shared;
    private static @Nullable Path emptyCluster;

    private final List<String> options;

    private PostgresServer(List<String> options) {
        super("postgresql");
        this.options = options;
    }

    /// Starts one, which is empty.
    ///
    /// @param options settings of `postgresql.conf`, for example `"max_connections=20"`
    public static PostgresServer with(String... options) {
        return started(() -> new PostgresServer(List.of(options)));
    }

    /// The URL of a server that the environment names, or that tests share until the JVM ends, with a schema of its
    /// own for each: the driver takes it for the current one, and who connects may create it.
    public static synchronized String sharedUrl() {
        String address = System.getenv(ADDRESS_VARIABLE);
        if (address != null && !address.isBlank()) {
            String schema = "test" + UUID.randomUUID().toString().replace("-", "");
            return address + (address.contains("?") ? "&" : "?") + "currentSchema=" + schema;
        }
        PostgresServer server = shared;
        if (server == null) {
            server = with("max_connections=300", "fsync=off");
            shared = server;
        }
        return server.url() + "&currentSchema=test" + SCHEMAS.incrementAndGet();
    }

    /// The URL of the database that is there from the beginning.
    public String url() {
        return urlAt(port());
    }

    /// The same by way of a proxy.
    public static String urlAt(int port) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + SUPERUSER + "?user=" + SUPERUSER;
    }

    /// Has the server's own client execute SQL in a database, and answers its rows, columns separated by `|`.
    ///
    /// @throws ServiceException if that fails, saying what the server said
    public List<String> execute(String database, String sql) {
        return run(
                        program("psql"),
                        "--host=127.0.0.1",
                        "--port=" + port(),
                        "--username=" + SUPERUSER,
                        "--dbname=" + database,
                        "--no-psqlrc",
                        "--quiet",
                        "--tuples-only",
                        "--no-align",
                        "--set=ON_ERROR_STOP=1",
                        "--command=" + sql)
                .lines()
                .toList();
    }

    /// Copies a schema into a file with `pg_dump`, as an operator does.
    ///
    /// @throws ServiceException if that fails, saying what it said
    public void dump(String database, String schema, Path file) {
        run(
                program("pg_dump"),
                "--dbname=" + database(database),
                "--schema=" + schema,
                "--format=custom",
                "--file=" + file);
    }

    /// Makes a database out of what [#dump] wrote, with `pg_restore`.
    ///
    /// @throws ServiceException if that fails, saying what it said
    public void restore(Path file, String newDatabase) {
        execute(SUPERUSER, "CREATE DATABASE " + newDatabase);
        run(program("pg_restore"), "--dbname=" + database(newDatabase), "--exit-on-error", file.toString());
    }

    private String database(String name) {
        return "host=127.0.0.1 port=" + port() + " user=" + SUPERUSER + " dbname=" + name;
    }

    /// Ends, as `kill -9` does, the processes that serve the connections whose `application_name` begins like this.
    /// The server takes that for a crash: it ends every other connection too and recovers.
    ///
    /// @return how many there were
    public int killBackends(String applicationName) {
        List<String> backends = execute(
                SUPERUSER,
                "SELECT pid FROM pg_stat_activity WHERE starts_with(application_name, '" + applicationName + "')");
        for (String backend : backends) {
            ProcessHandle.of(Long.parseLong(backend)).ifPresent(ProcessHandle::destroyForcibly);
        }
        return backends.size();
    }

    @Override
    List<String> command(Path dataFolder, int onPort) {
        Path cluster = dataFolder.resolve("cluster");
        if (!Files.exists(cluster.resolve("PG_VERSION"))) {
            initialise(dataFolder, cluster);
        }
        List<String> command =
                asPostgres(program("postgres"), "-D", cluster.toString(), "-p", Integer.toString(onPort));
        for (String option : OWN_OPTIONS) {
            command.addAll(List.of("-c", option));
        }
        for (String option : options) {
            command.addAll(List.of("-c", option));
        }
        return command;
    }

    private static final List<String> OWN_OPTIONS =
            List.of("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=on");

    private static void initialise(Path dataFolder, Path cluster) {
        handOver(dataFolder);
        run("cp", "-a", emptyCluster().toString(), cluster.toString());
    }

    /// What `initdb` makes, which takes longer to make than to copy. Goes with the JVM.
    private static synchronized Path emptyCluster() {
        Path known = emptyCluster;
        if (known == null) {
            Path folder = newFolder("tradesense-postgresql-empty-");
            handOver(folder);
            known = folder.resolve("cluster");
            initdb(known);
            emptyCluster = known;
        }
        return known;
    }

    private static void handOver(Path folder) {
        if (isRoot()) {
            try {
                UserPrincipal postgres =
                        FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName(SUPERUSER);
                Files.setOwner(folder, postgres);
            } catch (IOException failure) {
                throw new UncheckedIOException("there is no user postgres; " + INSTALLATION, failure);
            }
        }
    }

    private static void initdb(Path cluster) {
        List<String> command = asPostgres(
                program("initdb"),
                "--pgdata=" + cluster,
                "--username=" + SUPERUSER,
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
                "--no-instructions");
        run(command.toArray(String[]::new));
    }

    /// `setpriv` takes the place of `runuser`, which would stay between the server and its signals.
    private static List<String> asPostgres(String... command) {
        List<String> all = new ArrayList<>();
        if (isRoot()) {
            all.addAll(List.of("setpriv", "--reuid=" + SUPERUSER, "--regid=" + SUPERUSER, "--init-groups"));
        }
        all.addAll(Arrays.asList(command));
        return all;
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    private static String run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), UTF_8);
            int exit = process.waitFor();
            if (exit != 0) {
                throw new ServiceException(String.join(" ", command) + " ended with " + exit + ": " + output, null);
            }
            return output;
        } catch (IOException failure) {
            throw new ServiceException("there is no " + command[0] + " to run; " + INSTALLATION, failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new ServiceException("interrupted while " + command[0] + " ran", interrupted);
        }
    }

    /// Debian keeps the server's programs out of the search path, by version.
    private static String program(String name) {
        if (!Files.isDirectory(INSTALLED)) {
            return name;
        }
        try (Stream<Path> versions = Files.list(INSTALLED)) {
            return versions.map(version -> version.resolve("bin").resolve(name))
                    .filter(Files::isExecutable)
                    .max(Comparator.comparing(Path::toString))
                    .map(Path::toString)
                    .orElse(name);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static final String INSTALLATION = "install PostgreSQL 15 or newer (apt-get install postgresql)";

    @Override
    String howToInstall() {
        return INSTALLATION;
    }

    /// A smart shutdown would wait for every client to go.
    @Override
    String stopSignal() {
        return "INT";
    }

    /// While it starts or recovers, the server refuses whoever introduces himself.
    @Override
    boolean answers(Socket connection) throws IOException {
        byte[] parameters = ("user\0" + SUPERUSER + "\0database\0" + SUPERUSER + "\0\0").getBytes(US_ASCII);
        ByteBuffer startup = ByteBuffer.allocate(8 + parameters.length)
                .putInt(8 + parameters.length)
                .putInt(PROTOCOL_VERSION)
                .put(parameters);
        connection.getOutputStream().write(startup.array());
        return connection.getInputStream().read() == 'R';
    }
}
