package ai.tradesense.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Starts the server in this JVM: its options become the server's properties.
@Command(
        name = "up",
        description = "Starts the server, and with --demo the trading desk on it. Ctrl-C stops it.",
        footer = {"", "Example: tradesense up --demo --prices eurusd-h1.csv --speed max"})
final class UpCommand implements Callable<Integer> {
    static final int DEFAULT_PORT = 8080;
    static final String DEFAULT_DATA = "data";

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "The port of the API and the console; 0 takes any that is free. Default: 8080.")
    private @Nullable Integer port;

    @Option(names = "--data", paramLabel = "DIR", description = "Where events are kept. Default: ./data.")
    private @Nullable Path data;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "More settings, as .properties or .yaml; options here win over them.")
    private @Nullable Path config;

    @Option(names = "--demo", description = "Runs the trading desk.")
    private boolean demo;

    @Option(
            names = "--prices",
            paramLabel = "CSV",
            description = "Prices for the desk, columns Time,Open,High,Low,Close,Volume. Default: generated ones.")
    private @Nullable Path prices;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "The same seed and prices give the same trades. Default: 42.")
    private @Nullable Long seed;

    @Option(names = "--accounts", paramLabel = "N", description = "How many accounts trade. Default: 25.")
    private @Nullable Integer accounts;

    @Option(
            names = "--speed",
            paramLabel = "N|max",
            description = "Bars of the prices per second, or as fast as it goes. Default: 10.")
    private @Nullable String speed;

    private final ForeignMain server;

    UpCommand(ForeignMain server) {
        this.server = server;
    }

    @Override
    public Integer call() throws Exception {
        server.run(properties().toArray(String[]::new));
        return Main.RUNNING;
    }

    /// The options as arguments of the server.
    ///
    /// @throws WrongUsage naming the option that is wrong
    private List<String> properties() {
        check();
        List<String> properties = new ArrayList<>();
        add(properties, "server.port", port);
        add(properties, "tradesense.data-dir", data);
        if (config != null) {
            properties.add("--spring.config.additional-location="
                    + config.toAbsolutePath().toUri());
        }
        if (demo) {
            properties.add("--tradesense.demo.enabled=true");
        }
        add(properties, "tradesense.demo.prices", prices);
        add(properties, "tradesense.demo.seed", seed);
        add(properties, "tradesense.demo.accounts", accounts);
        add(properties, "tradesense.demo.speed", speed);
        return properties;
    }

    private static void add(List<String> properties, String name, @Nullable Object value) {
        if (value != null) {
            properties.add("--" + name + "=" + value);
        }
    }

    private void check() {
        if (port != null && (port < 0 || port > 65_535)) {
            throw new WrongUsage("--port", port, "a port from 0 to 65535");
        }
        if (data != null && Files.exists(data) && !Files.isDirectory(data)) {
            throw new WrongUsage("--data", data, "a folder, and this is none");
        }
        requireConfiguration(config);
        requireFile("--prices", prices);
        if (accounts != null && accounts < 1) {
            throw new WrongUsage("--accounts", accounts, "1 or more");
        }
        if (speed != null && !speed.equals("max") && !isPositiveNumber(speed)) {
            throw new WrongUsage("--speed", speed, "bars per second, a number above 0, or max");
        }
        if (!demo && (prices != null || seed != null || accounts != null || speed != null)) {
            throw new WrongUsage("--prices, --seed, --accounts and --speed are for the desk; add --demo");
        }
    }

    /// Whether a file can be given with `--config`.
    ///
    /// @throws WrongUsage if it cannot
    static void requireConfiguration(@Nullable Path config) {
        requireFile("--config", config);
        if (config != null && !config.toString().matches(".*\\.(properties|ya?ml)")) {
            throw new WrongUsage("--config", config, "a file whose name ends in .properties, .yaml or .yml");
        }
    }

    private static void requireFile(String option, @Nullable Path file) {
        if (file != null && !(Files.isRegularFile(file) && Files.isReadable(file))) {
            throw new WrongUsage(
                    option, file, Files.exists(file) ? "a file that can be read" : "a file, and there is none");
        }
    }

    private static boolean isPositiveNumber(String text) {
        try {
            double value = Double.parseDouble(text);
            return value > 0 && Double.isFinite(value);
        } catch (NumberFormatException notANumber) {
            return false;
        }
    }
}
