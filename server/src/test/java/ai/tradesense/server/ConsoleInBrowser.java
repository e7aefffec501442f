package ai.tradesense.server;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ReducedMotion;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/// The console of a server of its own, open in a browser that must have nothing to complain about.
abstract class ConsoleInBrowser {
    static final double PATIENCE_MILLIS = 30_000;

    static TestServer server;

    final List<String> complaints = new CopyOnWriteArrayList<>();
    BrowserContext context;
    Page page;

    @BeforeAll
    static void start() {
        server = TestServer.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void open() {
        context = Browser.chromium().newContext(new NewContextOptions().setReducedMotion(ReducedMotion.REDUCE));
        page = context.newPage();
        page.setDefaultTimeout(PATIENCE_MILLIS);
        watch(page);
        page.navigate(server.uri("/").toString());
        shown(page.getByRole(AriaRole.STATUS).filter(text("Up")));
    }

    @AfterEach
    void nothing_was_complained_about() {
        context.close();
        assertThat(complaints).isEmpty();
    }

    private void watch(Page watched) {
        watched.onConsoleMessage(message -> {
            if (message.type().equals("error") || message.type().equals("warning")) {
                complaints.add(message.text());
            }
        });
        watched.onPageError(complaints::add);
        watched.onRequest(request -> {
            if (!request.url().startsWith(server.uri("/").toString())) {
                complaints.add("a request to " + request.url());
            }
        });
    }

    static Locator.FilterOptions text(String text) {
        return new Locator.FilterOptions().setHasText(text);
    }

    static void shown(Locator locator) {
        assertThat(locator.first()).isVisible(new LocatorAssertions.IsVisibleOptions().setTimeout(PATIENCE_MILLIS));
    }

    static void hasText(Locator locator, String regex) {
        assertThat(locator)
                .hasText(Pattern.compile(regex), new LocatorAssertions.HasTextOptions().setTimeout(PATIENCE_MILLIS));
    }

    static Locator button(Locator within, String name) {
        return within.getByRole(
                AriaRole.BUTTON, new Locator.GetByRoleOptions().setName(name).setExact(true));
    }
}
