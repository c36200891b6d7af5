// Patterns of room names, as tokens have them.
namespace DistributedSockets.SocketNode.Auth;

/// <summary>Patterns of room names: <c>*</c> stands for any characters, none included; <c>\*</c> and <c>\\</c> are a star and a backslash; all else is itself.</summary>
internal static class RoomPattern
{
    /// <summary>Whether every backslash stands before a star or a backslash.</summary>
    public static bool IsWellFormed(string pattern)
    {
        for (var index = 0; index < pattern.Length; index++)
        {
            if (pattern[index] == '\\' && (++index == pattern.Length || pattern[index] is not ('*' or '\\')))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>At most as many steps as both lengths multiplied: only the last star is ever tried again.</summary>
    public static bool Fits(string pattern, string name)
    {
        var (at, next) = (0, 0);
        (int Pattern, int Name)? star = null;
        while (next < name.Length)
        {
            if (at < pattern.Length && pattern[at] == '*')
            {
                star = (++at, next);
                continue;
            }

            var isEscaped = at < pattern.Length && pattern[at] == '\\';
            var literal = isEscaped ? at + 1 : at;
            if (literal < pattern.Length && pattern[literal] == name[next])
            {
                (at, next) = (literal + 1, next + 1);
            }
            else if (star is { } last)
            {
                star = (last.Pattern, last.Name + 1);
                (at, next) = (last.Pattern, last.Name + 1);
            }
            else
            {
                return false;
            }
        }

        while (at < pattern.Length && pattern[at] == '*')
        {
            at++;
        }

        return at == pattern.Length;
    }
}
