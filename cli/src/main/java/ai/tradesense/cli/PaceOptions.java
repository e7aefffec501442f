package ai.tradesense.cli;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How fast an operation goes, and when it stops by itself. The server checks the numbers.
final class PaceOptions {
    @Option(
            names = "--canary",
            paramLabel = "SIZES",
            description = "The sizes of the first batches, or 'none'. Default: 1,10,100.")
    private @Nullable String canary;

    @Option(names = "--rate", paramLabel = "N", description = "At most so many events a second.")
    private @Nullable BigDecimal rate;

    @Option(names = "--stop-on-failures", paramLabel = "N", description = "Stops when so many have failed. Default: 1.")
    private @Nullable Integer stopOnFailures;

    void addTo(Map<String, Json> order) {
        if (canary != null) {
            order.put("canary", new Json.Items(sizes(canary)));
        }
        if (rate != null) {
            order.put("rate", new Json.Literal(rate.toString()));
        }
        if (stopOnFailures != null) {
            order.put("stopOnFailures", new Json.Literal(stopOnFailures.toString()));
        }
    }

    private static List<Json> sizes(String text) {
        if (text.equals("none")) {
            return List.of();
        }
        List<Json> sizes = new ArrayList<>();
        for (String size : text.split(",", -1)) {
            if (!size.matches("[1-9][0-9]{0,5}")) {
                throw new WrongUsage("--canary", text, "sizes of batches such as 1,10,100, or none");
            }
            sizes.add(new Json.Literal(size));
        }
        return sizes;
    }
}
