package ai.tradesense.parking;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Tells whether two failures have the same cause: a hash of the exception classes of the whole chain of
/// causes, each with the methods at the top of its stack. Messages and line numbers are left out, because
/// the one names the event and the other changes with every release; so are the numbers that compilers,
/// proxies and lambdas are given when the program runs, and the frames below the handler, which differ
/// between a first attempt and a retry.
final class CauseFingerprint {
    /// How many frames of each exception count.
    static final int FRAMES = 5;

    private static final int MAX_CHAIN = 16;
    private static final int BYTES = 8;
    private static final String CALLER_OF_HANDLERS = "ai.tradesense.worker.";
    private static final List<String> REFLECTION =
            List.of("java.lang.reflect.", "java.lang.invoke.", "jdk.internal.reflect.", "sun.reflect.");

    /// What differs from run to run or from build to build: the address of a hidden class, and numbers
    /// after a dollar.
    private static final Pattern GENERATED = Pattern.compile("/0x[0-9a-f]+|/[0-9]+$|(?<=\\$(?:Proxy)?)[0-9]+");

    private CauseFingerprint() {}

    /// The fingerprint, in hexadecimal digits; also of an exception that cannot describe itself.
    static String of(Throwable exception) {
        List<String> lines = new ArrayList<>();
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Throwable each = exception;
                each != null && seen.add(each) && seen.size() <= MAX_CHAIN;
                each = causeOf(each)) {
            lines.add("! " + normalised(each.getClass().getName()));
            lines.addAll(frames(each));
        }
        return hash(String.join("\n", lines));
    }

    private static @Nullable Throwable causeOf(Throwable exception) {
        try {
            return exception.getCause();
        } catch (RuntimeException | Error broken) {
            return null;
        }
    }

    private static List<String> frames(Throwable exception) {
        StackTraceElement[] stack;
        try {
            stack = exception.getStackTrace();
        } catch (RuntimeException | Error broken) {
            return List.of();
        }
        List<String> frames = new ArrayList<>(FRAMES);
        for (StackTraceElement frame : stack) {
            String name = frame.getClassName();
            if (name.startsWith(CALLER_OF_HANDLERS) || frames.size() == FRAMES) {
                break;
            }
            if (REFLECTION.stream().noneMatch(name::startsWith)) {
                frames.add(normalised(name + "." + frame.getMethodName()));
            }
        }
        return frames;
    }

    /// A name without what was generated.
    static String normalised(String name) {
        return GENERATED.matcher(name).replaceAll("");
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, BYTES);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }
}
