package ai.tradesense.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The page of the console has one script that is no file, as browsers take import maps in no other way. The policy
/// that forbids such scripts admits this one by its hash.
final class ConsolePage {
    private static final String PAGE = "/static/index.html";
    private static final Pattern IMPORT_MAP =
            Pattern.compile("<script type=\"importmap\">(.*?)</script>", Pattern.DOTALL);

    private ConsolePage() {}

    /// The hash source of the import map, as Content-Security-Policy (level 3) writes it.
    static String importMapHash() {
        Matcher importMap = IMPORT_MAP.matcher(page());
        if (!importMap.find()) {
            throw new IllegalStateException(PAGE + " has no import map");
        }
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest(importMap.group(1).getBytes(StandardCharsets.UTF_8));
            return "'sha256-" + Base64.getEncoder().encodeToString(hash) + "'";
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static String page() {
        try (InputStream page = ConsolePage.class.getResourceAsStream(PAGE)) {
            if (page == null) {
                throw new IllegalStateException("the console's page " + PAGE + " is missing");
            }
            return new String(page.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
