namespace ML.Robustness.Tests.Attacks;

internal static partial class AttackTable
{
    public static TheoryData<string, string> All
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var attack in Attacks.Keys)
            {
                foreach (var threatModel in ThreatModels.Keys)
                    all.Add(attack, threatModel);
            }
            return all;
        }
    }
}
