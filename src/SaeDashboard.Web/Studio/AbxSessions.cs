using System.Security.Cryptography;
using SaeDashboard.Core;
using SaeDashboard.Core.Takes;
using SaeDashboard.Storage;

namespace SaeDashboard.Web.Studio;

/// <summary>
/// Blind tests that are being heard. The order of the trials and which arm is called A are drawn here and known here alone until the last answer; the
/// page is given sounds without names. A test that is not finished is not kept: its score was never shown. In memory, any thread.
/// </summary>
public sealed class AbxSessions(TakeService takes)
{
    // More people than this do not listen at once; the oldest test is forgotten for a new one.
    private const int MostOpen = 200;

    private readonly Lock gate = new();
    private readonly LinkedList<AbxSession> open = new();

    /// <summary>Begins a test.</summary>
    /// <param name="take">A complete take.</param>
    /// <param name="first">One of its arms.</param>
    /// <param name="second">Another one.</param>
    /// <param name="trials">How many trials, 5 to 50.</param>
    /// <param name="actor">Who listens.</param>
    /// <exception cref="UserException">It cannot be tested so; the message says why.</exception>
    public AbxSession Begin(TakeView take, string first, string second, int trials, Actor actor)
    {
        ArgumentNullException.ThrowIfNull(take);
        ArgumentNullException.ThrowIfNull(actor);
        if (take.Manifest.State != TakeState.Done) throw new UserException("Only a complete take can be tested blind: both sounds need the same length.");
        foreach (var arm in (string[])[first, second])
        {
            if (!take.Arms.Contains(arm)) throw new UserException($"The take has no arm '{arm}'. It has {string.Join(", ", take.Arms)}.");
        }
        if (first == second) throw new UserException("A blind test compares two different arms.");
        var seed = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var order = AbxTrials.Order(seed, trials);
        var (a, b) = AbxTrials.Swapped(seed) ? (second, first) : (first, second);
        var session = new AbxSession(Ids.New("abx"), take.Id, actor, a, b, seed, order);
        lock (gate)
        {
            open.AddLast(session);
            if (open.Count > MostOpen) open.RemoveFirst();
        }
        return session;
    }

    /// <summary>A test that this person is hearing; null: there is none of that id.</summary>
    public AbxSession? Find(string take, string id, Actor actor)
    {
        ArgumentNullException.ThrowIfNull(actor);
        lock (gate) return open.FirstOrDefault(session => session.Id == id && session.Take == take && session.Actor.UserId == actor.UserId);
    }

    /// <summary>Answers a trial; the last answer keeps the test with the take. An answer that comes twice counts once, as it was given first.</summary>
    /// <returns>The finished test; null: there are more trials.</returns>
    /// <exception cref="UserException">The trial's turn has not come, the answer is neither A nor B, or the test was not saved: answer again.</exception>
    public AbxRow? Answer(AbxSession session, int trial, string says)
    {
        ArgumentNullException.ThrowIfNull(session);
        if (says is not ("A" or "B")) throw new UserException($"X is A or B, not '{says}'.");
        lock (session)
        {
            if (trial < 0 || trial > session.Answers.Length || trial >= session.Order.Length)
                throw new UserException($"Trial {trial + 1} has not been heard yet: it is trial {Math.Min(session.Answers.Length + 1, session.Order.Length)}'s turn.");
            if (trial == session.Answers.Length) session.Answers += says;
            if (session.Answers.Length < session.Order.Length) return null;
            var test = new AbxRow(session.Id, session.Actor.UserId, session.Actor.Name, session.A, session.B, session.Seed, session.Order, session.Answers, DateTimeOffset.UtcNow);
            takes.AddAbx(session.Take, test, session.Actor);
            return test;
        }
    }
}

/// <summary>A blind test that is being heard.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Take">The take.</param>
/// <param name="Actor">Who listens.</param>
/// <param name="A">The arm that is called A.</param>
/// <param name="B">The arm that is called B.</param>
/// <param name="Seed">What the order was drawn from.</param>
/// <param name="Order">What X is in each trial.</param>
public sealed record AbxSession(string Id, string Take, Actor Actor, string A, string B, string Seed, string Order)
{
    /// <summary>What was answered so far.</summary>
    public string Answers { get; internal set; } = "";

    /// <summary>The arm that sounds as a, b or x in a trial; null: no such sound.</summary>
    public string? ArmOf(int trial, string sound) => trial < 0 || trial >= Order.Length ? null : sound switch
    {
        "a" => A,
        "b" => B,
        "x" => Order[trial] == 'A' ? A : B,
        _ => null,
    };
}
