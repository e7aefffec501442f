package ai.tradesense.cli;

import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// Which server a verb talks to.
final class ServerOption {
    static final String VARIABLE = "TRADESENSE_SERVER";
    static final String DEFAULT = "http://127.0.0.1:8080";

    @Option(
            names = "--server",
            scope = ScopeType.INHERIT,
            paramLabel = "URL",
            description = "The server to talk to. Default: $" + VARIABLE + ", or " + DEFAULT + ".")
    private @Nullable String option;

    /// Whether the user named a server.
    boolean isNamed(Shell shell) {
        return option != null || shell.environment().containsKey(VARIABLE);
    }

    /// The API of that server.
    ///
    /// @throws WrongUsage if it is no URL of a server
    Api connect(Shell shell) {
        return new Api(url(shell));
    }

    URI url(Shell shell) {
        String text = option != null ? option : shell.environment().getOrDefault(VARIABLE, DEFAULT);
        String origin = option != null ? "--server" : VARIABLE;
        try {
            URI url = new URI(text);
            boolean isHttp = "http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme());
            if (isHttp && url.getHost() != null && url.getQuery() == null && url.getFragment() == null) {
                return new URI(text.replaceAll("/+$", ""));
            }
        } catch (URISyntaxException malformed) {
            // Said below.
        }
        throw new WrongUsage(origin, text, "the URL of a server, for example " + DEFAULT);
    }
}
