package ai.tradesense.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Checks what the platform needs on this machine, and the server if one runs.
@Command(
        name = "doctor",
        description = "Checks what the platform needs on this machine and how the server is.",
        footer = {"", "Example: tradesense doctor --data /var/lib/tradesense"})
final class DoctorCommand implements Callable<Integer> {
    private static final String HEALTH = "/actuator/health";
    private static final int NEEDED_JAVA = 25;
    private static final long LITTLE_DISK_BYTES = 1L << 30;
    private static final long TOO_LITTLE_DISK_BYTES = 64L << 20;
    private static final long BYTES_PER_MEBIBYTE = 1L << 20;

    @Mixin
    private ServerOption server = new ServerOption();

    @Option(names = "--data", paramLabel = "DIR", description = "Where events are kept. Default: ./data.")
    private Path data = Path.of(UpCommand.DEFAULT_DATA);

    @Option(
            names = "--store-url",
            paramLabel = "URL",
            description =
                    "The log's URL (tradesense.store.url), if it is in PostgreSQL: is it there, and can it be used?")
    private @Nullable String storeUrl;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "The file that 'up --config' gets: is it understood, and can what it names be used?")
    private @Nullable Path config;

    @Mixin
    private JsonOption json = new JsonOption();

    private final Shell shell;

    DoctorCommand(Shell shell) {
        this.shell = shell;
    }

    private enum Verdict {
        OK,
        WARN,
        FAIL
    }

    /// What one check found, and what to do about it; nothing to do if the remedy is empty.
    private record Finding(Verdict verdict, String check, String found, String remedy) {}

    @Override
    public Integer call() {
        UpCommand.requireConfiguration(config);
        List<Finding> findings = new ArrayList<>();
        findings.add(java());
        findings.add(dataFolder());
        findings.add(disk());
        if (storeUrl != null) {
            findings.add(store(storeUrl));
        }
        if (config != null) {
            findings.addAll(configuration(config));
        }
        findings.addAll(serverAndPort());
        if (json.wanted()) {
            shell.out().println(asJson(findings));
        } else {
            findings.forEach(this::print);
        }
        return findings.stream().anyMatch(finding -> finding.verdict == Verdict.FAIL) ? Main.FAILED : Main.OK;
    }

    private static Finding java() {
        Runtime.Version version = Runtime.version();
        return version.feature() >= NEEDED_JAVA
                ? new Finding(Verdict.OK, "java", version.toString(), "")
                : new Finding(
                        Verdict.FAIL,
                        "java",
                        version + ", expected " + NEEDED_JAVA + " or newer",
                        "install Temurin " + NEEDED_JAVA + " or set JAVA_HOME to a JDK " + NEEDED_JAVA);
    }

    private Finding dataFolder() {
        Path folder = data.toAbsolutePath().normalize();
        Path existing = existingPart(folder);
        if (!Files.isDirectory(existing)) {
            return new Finding(Verdict.FAIL, "data folder", existing + " is no folder", "name another with --data DIR");
        }
        if (!isWritable(existing)) {
            return new Finding(
                    Verdict.FAIL,
                    "data folder",
                    existing + " cannot be written to",
                    "give this user the right to write there, or name another folder with --data DIR");
        }
        return new Finding(
                Verdict.OK,
                "data folder",
                existing.equals(folder) ? folder + " can be written to" : folder + " can be made",
                "");
    }

    /// The folder itself, or the nearest one above it that is there.
    private static Path existingPart(Path path) {
        Path existing = path;
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        return existing;
    }

    /// Writes a file, because rights alone do not tell: the file system may be read-only or full.
    private static boolean isWritable(Path folder) {
        try {
            Files.delete(Files.createTempFile(folder, ".tradesense-doctor", ""));
            return true;
        } catch (IOException refused) {
            return false;
        }
    }

    private Finding disk() {
        long free;
        try {
            free = Files.getFileStore(existingPart(data.toAbsolutePath().normalize()))
                    .getUsableSpace();
        } catch (IOException failure) {
            return new Finding(
                    Verdict.WARN, "disk", "free space is not known: " + failure.getMessage(), "look at it yourself");
        }
        String found = String.format(Locale.ROOT, "%,d MiB free", free / BYTES_PER_MEBIBYTE);
        if (free < TOO_LITTLE_DISK_BYTES) {
            return new Finding(Verdict.FAIL, "disk", found, "make room, or name a folder elsewhere with --data DIR");
        }
        return free < LITTLE_DISK_BYTES
                ? new Finding(Verdict.WARN, "disk", found, "make room before it is full")
                : new Finding(Verdict.OK, "disk", found, "");
    }

    private static Finding store(String url) {
        try {
            return new Finding(Verdict.OK, "store", StoreCheck.of(url), "");
        } catch (CommandFailure failure) {
            return new Finding(
                    Verdict.FAIL,
                    "store",
                    String.valueOf(failure.getMessage()),
                    "start PostgreSQL, or mend host, port, database, user and password of --store-url");
        }
    }

    private static List<Finding> configuration(Path file) {
        List<Finding> findings = new ArrayList<>();
        for (Json each : ConfigurationCheck.of(file)) {
            String check = each.at("check").text();
            String trouble = each.at("trouble").text();
            findings.add(
                    trouble.isEmpty()
                            ? new Finding(Verdict.OK, check, each.at("found").text(), "")
                            : new Finding(
                                    Verdict.FAIL,
                                    check,
                                    trouble,
                                    check.equals("configuration")
                                            ? "mend " + file
                                            : "start it, or mend what " + file + " says of it"));
        }
        return findings;
    }

    private List<Finding> serverAndPort() {
        Api api = server.connect(shell);
        URI url = server.url(shell);
        Json health;
        try {
            health = api.read(api.ask(HEALTH).body(), HEALTH);
        } catch (Api.Unreachable failure) {
            return withoutServer(url, failure);
        } catch (CommandFailure failure) {
            return List.of(new Finding(
                    Verdict.FAIL,
                    "server",
                    String.valueOf(failure.getMessage()),
                    "name a TradeSense server with --server URL, or start one with 'tradesense up --port'"));
        }
        List<Finding> findings = new ArrayList<>(List.of(health(url, health)));
        try {
            Json status = api.getJson("/api/v1/status");
            if (status.at("transport") instanceof Json.Fields transport) {
                findings.add(transport(transport));
            }
            findings.add(version(status));
        } catch (CommandFailure failure) {
            findings.add(new Finding(
                    Verdict.FAIL,
                    "version",
                    String.valueOf(failure.getMessage()),
                    "check that --server names a TradeSense server"));
        }
        return findings;
    }

    private static Finding transport(Json transport) {
        String found =
                transport.at("name").text() + ": " + transport.at("detail").text();
        return transport.at("available").text().equals("true")
                ? new Finding(Verdict.OK, "transport", found, "")
                : new Finding(Verdict.FAIL, "transport", found, "mend it; the server goes on by itself then");
    }

    private static Finding health(URI url, Json health) {
        String status = health.at("status").text();
        String found = url + " is " + (status.isEmpty() ? "of a health it does not say" : status) + complaints(health);
        return switch (status) {
            case "UP" -> new Finding(Verdict.OK, "server", found, "");
            case "DEGRADED" ->
                new Finding(
                        Verdict.WARN, "server", found, "see 'tradesense workers' for what fails, and the server's log");
            default -> new Finding(Verdict.FAIL, "server", found, "look at the server's log");
        };
    }

    /// What the parts say that are not up.
    private static String complaints(Json health) {
        StringBuilder complaints = new StringBuilder();
        if (health.at("components") instanceof Json.Fields parts) {
            parts.byName().forEach((name, part) -> {
                String status = part.at("status").text();
                if (!status.equals("UP")) {
                    complaints.append("; ").append(name).append(" is ").append(status);
                    complaints.append(' ').append(part.at("details").text());
                }
            });
        }
        return complaints.toString();
    }

    private static Finding version(Json status) {
        String mine = TradeSenseCommand.version();
        String its = status.at("version").text();
        return its.equals(mine)
                ? new Finding(Verdict.OK, "version", mine, "")
                : new Finding(
                        Verdict.WARN,
                        "version",
                        "the server is " + (its.isEmpty() ? "of a version it does not say" : its) + ", this is " + mine,
                        "use the command line of the server's version");
    }

    /// No server is no fault before the first start, unless the user names one.
    private List<Finding> withoutServer(URI url, Api.Unreachable failure) {
        List<Finding> findings = new ArrayList<>();
        if (!server.isNamed(shell)) {
            findings.add(port(UpCommand.DEFAULT_PORT));
        }
        findings.add(new Finding(
                server.isNamed(shell) || !failure.neverConnected() ? Verdict.FAIL : Verdict.WARN,
                "server",
                "none answers at " + url,
                "start one with 'tradesense up', or name it with --server URL"));
        return findings;
    }

    private static Finding port(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return new Finding(Verdict.OK, "port", port + " is free", "");
        } catch (IOException taken) {
            return new Finding(
                    Verdict.FAIL,
                    "port",
                    port + " cannot be used: " + taken.getMessage(),
                    "stop what uses it, or choose another with 'tradesense up --port'");
        }
    }

    private void print(Finding finding) {
        String verdict = "[" + finding.verdict.name().toLowerCase(Locale.ROOT) + "]";
        shell.out().printf(Locale.ROOT, "%-6s %s: %s%n", verdict, finding.check, Table.printable(finding.found));
        if (!finding.remedy.isEmpty()) {
            shell.out().printf(Locale.ROOT, "       %s%n", finding.remedy);
        }
    }

    private static String asJson(List<Finding> findings) {
        List<Json> checks = new ArrayList<>();
        for (Finding finding : findings) {
            Map<String, Json> check = new LinkedHashMap<>();
            check.put("check", new Json.Text(finding.check));
            check.put("verdict", new Json.Text(finding.verdict.name().toLowerCase(Locale.ROOT)));
            check.put("found", new Json.Text(finding.found));
            check.put("remedy", new Json.Text(finding.remedy));
            checks.add(new Json.Fields(check));
        }
        return new Json.Fields(Map.of("checks", new Json.Items(checks))).compact();
    }
}
