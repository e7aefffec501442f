package ai.tradesense.server;

import ai.tradesense.TradeSense;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.springframework.context.ConfigurableApplicationContext;

/// The server, with workers that leave a trace of what they did: `FOLDER SETTING…`.
final class WitnessServer {
    private WitnessServer() {}

    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]);
        ConfigurableApplicationContext server = TradeSenseServer.start(Arrays.copyOfRange(args, 1, args.length));
        TradeSense tradesense = server.getBean(TradeSense.class);
        tradesense.register(new Witness("steady", 0, folder));
        tradesense.register(new Witness("flaky", 25, folder));
        tradesense.register(new Witness("flakier", 7, folder));
    }
}
