package ai.tradesense.server;

import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// The Chromium of this machine: named by the environment variable `CHROMIUM`, or found on the path. One is
/// shared by all tests of a process, each with a context of its own, and ends with it.
final class Browser {
    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome");

    private static final com.microsoft.playwright.Browser CHROMIUM = launch();

    private Browser() {}

    static com.microsoft.playwright.Browser chromium() {
        return CHROMIUM;
    }

    private static com.microsoft.playwright.Browser launch() {
        return Playwright.create(new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")))
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(executable())
                        .setArgs(List.of(
                                "--no-sandbox",
                                "--disable-gpu",
                                "--disable-quic",
                                "--no-first-run",
                                "--disable-background-networking",
                                "--disable-component-update",
                                "--disable-sync")));
    }

    private static Path executable() {
        return Optional.ofNullable(System.getenv("CHROMIUM"))
                .map(Path::of)
                .or(() -> onPath().findFirst())
                .orElseThrow(() -> new IllegalStateException(
                        "no Chromium: expected one of " + NAMES + " on the path, or the variable CHROMIUM"));
    }

    private static Stream<Path> onPath() {
        return Stream.of(System.getenv("PATH").split(":", -1))
                .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable);
    }
}
