package ai.tradesense.server.http;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.web.filter.OncePerRequestFilter;

/// Listening on loopback keeps other machines out, but not the web pages that a browser on this machine has open.
/// Three things do: the name that the caller used must be one of this machine, so that a foreign name that was made
/// to resolve to 127.0.0.1 (DNS rebinding) gets nothing; a call that changes something must not come from a page of
/// another origin (cross-site request forgery); and what only reads must not either, because work that nobody sees the
/// answer of is still work, unless somebody follows a link to here.
public final class LoopbackGuard extends OncePerRequestFilter {
    private static final Set<String> SAFE_METHODS = Set.of("GET", "HEAD", "OPTIONS", "TRACE");
    private static final Pattern LOOPBACK_V4 = Pattern.compile("127(\\.\\d{1,3}){3}");

    private final ProblemWriter problems;

    public LoopbackGuard(ProblemWriter problems) {
        this.problems = problems;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String refusal = refusal(request);
        if (refusal == null) {
            chain.doFilter(request, response);
        } else {
            problems.write(response, new ProblemException(ProblemKind.FORBIDDEN, refusal));
        }
    }

    private static @Nullable String refusal(HttpServletRequest request) {
        String host = request.getHeader("Host");
        if (host == null || !isLoopback(host)) {
            return "The host '" + host + "' was asked for; expected localhost or a loopback address.";
        }
        if (SAFE_METHODS.contains(request.getMethod())) {
            return isOpened(request) ? null : otherSite(request);
        }
        String origin = request.getHeader("Origin");
        if (origin != null && !origin.equalsIgnoreCase(request.getScheme() + "://" + host)) {
            return "The call comes from a page of '" + origin + "'; expected one of this server.";
        }
        return otherSite(request);
    }

    private static @Nullable String otherSite(HttpServletRequest request) {
        String site = request.getHeader("Sec-Fetch-Site");
        if (site != null && !site.equals("same-origin") && !site.equals("none")) {
            return "The call comes from a page of another site (" + site + "); expected one of this server.";
        }
        return null;
    }

    /// Whether a browser is to show the answer in the place of the page that asked.
    private static boolean isOpened(HttpServletRequest request) {
        return "navigate".equals(request.getHeader("Sec-Fetch-Mode"))
                && "document".equals(request.getHeader("Sec-Fetch-Dest"));
    }

    private static boolean isLoopback(String authority) {
        String host;
        try {
            host = new URI("http://" + authority).getHost();
        } catch (URISyntaxException broken) {
            return false;
        }
        if (host == null) {
            return false;
        }
        String name = host.toLowerCase(Locale.ROOT);
        return name.equals("localhost")
                || name.endsWith(".localhost")
                || name.equals("[::1]")
                || LOOPBACK_V4.matcher(name).matches();
    }
}
