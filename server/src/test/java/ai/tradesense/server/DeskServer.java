package ai.tradesense.server;

import ai.tradesense.TradeSense;
import ai.tradesense.desk.DeskSettings;
import ai.tradesense.desk.TradingDesk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import org.springframework.context.ConfigurableApplicationContext;

/// The server, with a desk whose result it writes into a file: `FILE SETTING…`.
final class DeskServer {
    static final DeskSettings DESK = DeskSettings.generated(42, 400).withAccounts(9);

    private DeskServer() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        ConfigurableApplicationContext server = TradeSenseServer.start(Arrays.copyOfRange(args, 1, args.length));
        TradingDesk desk = TradingDesk.start(server.getBean(TradeSense.class), DESK);
        Path file = Path.of(args[0]);
        Path begun = Files.writeString(
                file.resolveSibling(file.getFileName() + ".begun"), desk.await().json());
        Files.move(begun, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
