using SaeDashboard.Core;
using SaeDashboard.Core.Takes;

namespace SaeDashboard.Storage.Exchange;

/// <summary>The stars and the tags of a preset.</summary>
/// <param name="Kind">marks.</param>
/// <param name="Preset">The preset's id.</param>
/// <param name="Stars">Each person's.</param>
/// <param name="Tags">In the order in which they were added.</param>
internal sealed record MarksLine(string Kind, string Preset, IReadOnlyList<RatingPart>? Stars = null, IReadOnlyList<string>? Tags = null);

/// <summary>A comment on a preset. Deleted ones are not exported.</summary>
/// <param name="Kind">presetComment.</param>
/// <param name="Id">Its id: the same on every machine.</param>
/// <param name="Preset">The preset's id.</param>
/// <param name="Text">What it says.</param>
/// <param name="By">Who wrote it.</param>
/// <param name="At">When, UTC.</param>
/// <param name="Edited">When it was last edited, UTC.</param>
/// <param name="Moment">The moment of the sound that it is about, in seconds; missing: the whole.</param>
internal sealed record PresetCommentLine(string Kind, string Id, string Preset, string Text, PersonPart By, DateTimeOffset At, DateTimeOffset? Edited = null, double? Moment = null);

/// <summary>A link that opens a preset. Revoked ones are not exported.</summary>
/// <param name="Kind">link.</param>
/// <param name="Word">The random word in its address.</param>
/// <param name="Preset">The preset's id.</param>
/// <param name="By">Who made it.</param>
/// <param name="At">When, UTC.</param>
internal sealed record LinkLine(string Kind, string Word, string Preset, PersonPart By, DateTimeOffset At);

/// <summary>What people said of a take. Its sound is in its folder, which is not in the file.</summary>
/// <param name="Kind">take.</param>
/// <param name="Id">The folder's name.</param>
/// <param name="Name">What it is called.</param>
/// <param name="By">Who made it.</param>
/// <param name="At">When, UTC.</param>
/// <param name="Starred">Whether it is starred.</param>
/// <param name="Ratings">Each person's stars.</param>
/// <param name="Blind">Finished blind tests of its arms.</param>
internal sealed record TakeLine(string Kind, string Id, string Name, PersonPart By, DateTimeOffset At, bool Starred = false, IReadOnlyList<RatingPart>? Ratings = null, IReadOnlyList<BlindPart>? Blind = null);

/// <summary>A blind test. What X was in each trial follows from the seed and the number of answers (<see cref="AbxTrials.Order"/>).</summary>
/// <param name="Id">Its id: the same on every machine.</param>
/// <param name="By">Who listened.</param>
/// <param name="A">The arm that was called A.</param>
/// <param name="B">The arm that was called B.</param>
/// <param name="Seed">What the order was drawn from.</param>
/// <param name="Answers">What was answered in each trial, a text of A and B.</param>
/// <param name="At">When it was finished, UTC.</param>
internal sealed record BlindPart(string Id, PersonPart By, string A, string B, string Seed, string Answers, DateTimeOffset At);

/// <summary>Checks these lines: they come from outside.</summary>
internal static class TalkChecks
{
    private const int LongestId = 200;
    private const int MostStars = 1000;
    private const int MostTests = 1000;
    private const int LongestSeed = 200;

    public static MarksLine Checked(this MarksLine line)
    {
        Preset(line.Preset);
        Stars(line.Stars);
        var tags = line.Tags ?? [];
        if (tags.Count > PresetTalkRepository.MostTags) throw new UserException($"the preset has {tags.Count} tags; {PresetTalkRepository.MostTags} is the most");
        return line with { Tags = [.. tags.Select(tag => PersonText.Name(tag ?? "", "a tag", PresetTalkRepository.LongestTag))] };
    }

    public static PresetCommentLine Checked(this PresetCommentLine line)
    {
        if (!Ids.IsValid("comment", line.Id)) throw new UserException("id is not a comment's id");
        Preset(line.Preset);
        Person(line.By);
        return line with { Text = PresetTalkRepository.Checked(line.Text, line.Moment) };
    }

    public static LinkLine Checked(this LinkLine line)
    {
        if (!PresetLinkRepository.IsWord(line.Word)) throw new UserException($"word should have {PresetLinkRepository.WordLength} characters of a-z and 2-7");
        Preset(line.Preset);
        Person(line.By);
        return line;
    }

    public static TakeLine Checked(this TakeLine line)
    {
        if (!Ids.IsValid("take", line.Id)) throw new UserException("id is not a take's id");
        Person(line.By);
        Stars(line.Ratings);
        var blind = line.Blind ?? [];
        if (blind.Count > MostTests) throw new UserException($"the take has {blind.Count} blind tests; {MostTests} is the most");
        foreach (var test in blind)
        {
            if (test is null) throw new UserException("a blind test is null");
            if (!Ids.IsValid("abx", test.Id)) throw new UserException("the id of a blind test is not one");
            Person(test.By);
            if (test.A == test.B || !TakeArms.All.Contains(test.A) || !TakeArms.All.Contains(test.B)) throw new UserException($"a blind test is of two arms, of {string.Join(", ", TakeArms.All)}");
            PersonText.Name(test.Seed, "the seed of a blind test", LongestSeed);
            if (test.Answers.Length is < AbxTrials.Least or > AbxTrials.Most || test.Answers.Any(answer => answer is not ('A' or 'B')))
                throw new UserException($"the answers of a blind test are {AbxTrials.Least} to {AbxTrials.Most} letters, A or B");
        }
        return line with { Name = PersonText.Name(line.Name, "name") };
    }

    public static void Person(PersonPart person)
    {
        PersonText.Name(person.Id, "by.id", LongestId);
        PersonText.Name(person.Name, "by.name", LongestId);
    }

    private static void Preset(string id)
    {
        if (!Ids.IsValid("preset", id)) throw new UserException("preset is not a preset's id");
    }

    private static void Stars(IReadOnlyList<RatingPart>? ratings)
    {
        if (ratings?.Count > MostStars) throw new UserException($"{ratings.Count} people have given stars; {MostStars} is the most");
        foreach (var rating in ratings ?? [])
        {
            if (rating is null) throw new UserException("a rating is null");
            if (rating.Stars is < 1 or > 5) throw new UserException($"a rating has {rating.Stars} stars; it may have 1 to 5");
            Person(rating.By);
        }
    }
}
