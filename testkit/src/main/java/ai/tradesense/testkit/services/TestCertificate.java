package ai.tradesense.testkit.services;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A certificate and its key, for a server that speaks TLS in a test: made by the JDK's `keytool`, signed by itself
/// and valid for a day.
///
/// @param keyStore key and certificate (PKCS #12, [#PASSWORD])
/// @param trustStore the certificate alone (PKCS #12, [#PASSWORD]), for clients that trust it
/// @param certificate the same as PEM
/// @param key the key as PEM, without a password
public record TestCertificate(Path keyStore, Path trustStore, Path certificate, Path key) {
    /// Of both stores.
    public static final String PASSWORD = "of-a-test";

    private static final String STORE_TYPE = "PKCS12";
    private static final String ALIAS = "server";
    private static final int PATIENCE_SECONDS = 60;

    /// Makes one for the loopback address.
    ///
    /// @param folder an empty one, which is there
    public static TestCertificate in(Path folder) {
        return in(folder, "ip:127.0.0.1,dns:localhost");
    }

    /// Makes one for whom it says, in the words of `keytool`: `dns:elsewhere.example`.
    public static TestCertificate in(Path folder, String subject) {
        TestCertificate made = new TestCertificate(
                folder.resolve("key.p12"),
                folder.resolve("trust.p12"),
                folder.resolve("certificate.pem"),
                folder.resolve("key.pem"));
        made.generate(subject);
        made.export();
        return made;
    }

    private void generate(String subject) {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                ALIAS,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=test",
                "-ext",
                "san=" + subject,
                "-ext",
                "bc:c",
                "-validity",
                "1",
                "-storetype",
                STORE_TYPE,
                "-keystore",
                keyStore.toString(),
                "-storepass",
                PASSWORD);
        try {
            Process keytool =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!keytool.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
                throw new ServiceException("keytool made no certificate: " + said, null);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new ServiceException("interrupted while a certificate was made", interrupted);
        }
    }

    private void export() {
        char[] password = PASSWORD.toCharArray();
        try (InputStream stored = Files.newInputStream(keyStore);
                OutputStream trusted = Files.newOutputStream(trustStore)) {
            KeyStore mine = KeyStore.getInstance(STORE_TYPE);
            mine.load(stored, password);
            Certificate shown = mine.getCertificate(ALIAS);
            Key secret = mine.getKey(ALIAS, password);
            KeyStore theirs = KeyStore.getInstance(STORE_TYPE);
            theirs.load(null, null);
            theirs.setCertificateEntry(ALIAS, shown);
            theirs.store(trusted, password);
            Files.writeString(certificate, pem("CERTIFICATE", shown.getEncoded()));
            Files.writeString(key, pem("PRIVATE KEY", secret.getEncoded()));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (GeneralSecurityException failure) {
            throw new ServiceException("the certificate cannot be read", failure);
        }
    }

    private static String pem(String what, byte[] encoded) {
        return "-----BEGIN " + what + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded) + "\n-----END " + what
                + "-----\n";
    }
}
