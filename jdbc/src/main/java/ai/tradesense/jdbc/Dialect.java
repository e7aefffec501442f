package ai.tradesense.jdbc;

import org.jspecify.annotations.Nullable;

/// What the databases say differently.
enum Dialect {
    SQLITE {
        @Override
        String contains(String text) {
            return "instr(lower(" + text + "), lower(?)) > 0";
        }

        @Override
        String isLike(String text) {
            return text + " GLOB ?";
        }

        @Override
        String pattern(String stars) {
            return stars;
        }

        @Override
        String storable(String text) {
            return text;
        }
    },

    POSTGRESQL {
        @Override
        String contains(String text) {
            return "strpos(lower(" + text + " COLLATE \"C\"), lower(? COLLATE \"C\")) > 0";
        }

        @Override
        String isLike(String text) {
            return text + " LIKE ?";
        }

        @Override
        String pattern(String stars) {
            return stars.replace('*', '%');
        }

        @Override
        String storable(String text) {
            return text.replace('\0', '\uFFFD');
        }
    };

    /// A condition that a text contains a parameter, whatever the case of the letters A to Z.
    abstract String contains(String text);

    /// A condition that a text is like a parameter, which is a [#pattern].
    abstract String isLike(String text);

    /// A pattern of letters, digits, dots, and `*` for whatever may stand there, as this database writes it.
    abstract String pattern(String stars);

    /// The text as the database can keep it: PostgreSQL has no place for the character U+0000.
    abstract String storable(String text);

    /// Whether the database can keep a text as it is.
    final boolean keeps(@Nullable String text) {
        return text == null || text.equals(storable(text));
    }
}
