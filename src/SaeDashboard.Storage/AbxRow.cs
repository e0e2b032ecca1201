using SaeDashboard.Core.Takes;

namespace SaeDashboard.Storage;

/// <summary>A finished blind test of two arms of a take. Score and chance follow from the order and the answers, which are kept whole.</summary>
/// <param name="Id">Its id.</param>
/// <param name="UserId">Who listened.</param>
/// <param name="Person">Their name.</param>
/// <param name="ArmA">The arm that was called A.</param>
/// <param name="ArmB">The arm that was called B.</param>
/// <param name="Seed">What the order was drawn from (<see cref="AbxTrials.Order"/>).</param>
/// <param name="Order">What X was in each trial, a text of A and B.</param>
/// <param name="Answers">What was answered, in the same order.</param>
/// <param name="AtUtc">When it was finished.</param>
public sealed record AbxRow(string Id, string UserId, string Person, string ArmA, string ArmB, string Seed, string Order, string Answers, DateTimeOffset AtUtc)
{
    /// <summary>Trials.</summary>
    public int Trials => Order.Length;

    /// <summary>Right answers.</summary>
    public int Right => Order.Zip(Answers).Count(pair => pair.First == pair.Second);

    /// <summary>The chance of that number of right answers or more by guessing.</summary>
    public double Chance => AbxTrials.Chance(Right, Trials);
}
